package richtext

import (
	"regexp"
	"slices"
	"strings"
)

var emojiName = regexp.MustCompile(`^[a-z0-9_+'-]{1,64}$`)

// emojiText returns the character of a shortcode, or the shortcode itself when it is not a common one.
func emojiText(name string) string {
	if character, ok := emojis[name]; ok {
		return character
	}
	return ":" + name + ":"
}

// EmojiCharacter returns the character of a shortcode without its colons, and whether it is known.
func EmojiCharacter(name string) (string, bool) {
	character, ok := emojis[name]
	return character, ok
}

// emojis are the shortcodes that people in a chat know by heart.
var emojis = map[string]string{
	"+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "100": "💯",
	"ok_hand": "👌", "clap": "👏", "wave": "👋", "raised_hands": "🙌", "pray": "🙏",
	"muscle": "💪", "point_up": "☝️", "point_down": "👇", "point_left": "👈", "point_right": "👉",
	"v": "✌️", "crossed_fingers": "🤞", "handshake": "🤝", "raised_hand": "✋", "fist": "✊",
	"facepunch": "👊", "punch": "👊", "writing_hand": "✍️", "eyes": "👀", "eye": "👁️",
	"brain": "🧠", "ear": "👂", "smile": "😄", "smiley": "😃", "grinning": "😀",
	"grin": "😁", "laughing": "😆", "satisfied": "😆", "sweat_smile": "😅", "joy": "😂",
	"rofl": "🤣", "relaxed": "☺️", "blush": "😊", "innocent": "😇", "slightly_smiling_face": "🙂",
	"simple_smile": "🙂", "upside_down_face": "🙃", "wink": "😉", "relieved": "😌", "heart_eyes": "😍",
	"kissing_heart": "😘", "yum": "😋", "stuck_out_tongue": "😛", "stuck_out_tongue_winking_eye": "😜", "zany_face": "🤪",
	"sunglasses": "😎", "nerd_face": "🤓", "star_struck": "🤩", "partying_face": "🥳", "smirk": "😏",
	"unamused": "😒", "disappointed": "😞", "pensive": "😔", "worried": "😟", "confused": "😕",
	"slightly_frowning_face": "🙁", "frowning": "☹️", "persevere": "😣", "confounded": "😖", "tired_face": "😫",
	"weary": "😩", "cry": "😢", "sob": "😭", "triumph": "😤", "angry": "😠",
	"rage": "😡", "exploding_head": "🤯", "flushed": "😳", "scream": "😱", "fearful": "😨",
	"cold_sweat": "😰", "sweat": "😓", "hugging_face": "🤗", "thinking_face": "🤔", "thinking": "🤔",
	"shushing_face": "🤫", "lying_face": "🤥", "no_mouth": "😶", "neutral_face": "😐", "expressionless": "😑",
	"grimacing": "😬", "face_with_rolling_eyes": "🙄", "roll_eyes": "🙄", "hushed": "😯", "astonished": "😲",
	"open_mouth": "😮", "sleeping": "😴", "sleepy": "😪", "dizzy_face": "😵", "zipper_mouth_face": "🤐",
	"nauseated_face": "🤢", "sneezing_face": "🤧", "mask": "😷", "face_with_thermometer": "🤒", "melting_face": "🫠",
	"saluting_face": "🫡", "face_with_monocle": "🧐", "cowboy_hat_face": "🤠", "clown_face": "🤡", "skull": "💀",
	"ghost": "👻", "alien": "👽", "robot_face": "🤖", "robot": "🤖", "poop": "💩",
	"hankey": "💩", "see_no_evil": "🙈", "hear_no_evil": "🙉", "speak_no_evil": "🙊", "facepalm": "🤦",
	"shrug": "🤷", "person_shrugging": "🤷", "man-shrugging": "🤷‍♂️", "woman-shrugging": "🤷‍♀️", "man-facepalming": "🤦‍♂️",
	"woman-facepalming": "🤦‍♀️", "ninja": "🥷", "superhero": "🦸", "detective": "🕵️", "firefighter": "🧑‍🚒",
	"technologist": "🧑‍💻", "heart": "❤️", "orange_heart": "🧡", "yellow_heart": "💛", "green_heart": "💚",
	"blue_heart": "💙", "purple_heart": "💜", "black_heart": "🖤", "white_heart": "🤍", "broken_heart": "💔",
	"sparkling_heart": "💖", "two_hearts": "💕", "tada": "🎉", "confetti_ball": "🎊", "balloon": "🎈",
	"gift": "🎁", "trophy": "🏆", "medal": "🏅", "first_place_medal": "🥇", "crown": "👑",
	"gem": "💎", "star": "⭐", "star2": "🌟", "sparkles": "✨", "zap": "⚡",
	"boom": "💥", "fire": "🔥", "dizzy": "💫", "droplet": "💧", "sweat_drops": "💦",
	"dash": "💨", "rocket": "🚀", "airplane": "✈️", "car": "🚗", "ambulance": "🚑",
	"fire_engine": "🚒", "police_car": "🚓", "ship": "🚢", "anchor": "⚓", "train": "🚆",
	"bike": "🚲", "rotating_light": "🚨", "warning": "⚠️", "no_entry": "⛔", "no_entry_sign": "🚫",
	"octagonal_sign": "🛑", "construction": "🚧", "sos": "🆘", "bangbang": "‼️", "interrobang": "⁉️",
	"question": "❓", "grey_question": "❔", "exclamation": "❗", "heavy_exclamation_mark": "❗", "grey_exclamation": "❕",
	"white_check_mark": "✅", "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️", "x": "❌", "negative_squared_cross_mark": "❎",
	"heavy_plus_sign": "➕", "heavy_minus_sign": "➖", "red_circle": "🔴", "orange_circle": "🟠", "large_orange_circle": "🟠",
	"yellow_circle": "🟡", "large_yellow_circle": "🟡", "green_circle": "🟢", "large_green_circle": "🟢", "large_blue_circle": "🔵",
	"blue_circle": "🔵", "purple_circle": "🟣", "black_circle": "⚫", "white_circle": "⚪", "red_square": "🟥",
	"yellow_square": "🟨", "green_square": "🟩", "new": "🆕", "ok": "🆗", "up": "🆙",
	"cool": "🆒", "free": "🆓", "recycle": "♻️", "infinity": "♾️", "hash": "#️⃣",
	"zero": "0️⃣", "one": "1️⃣", "two": "2️⃣", "three": "3️⃣", "four": "4️⃣",
	"five": "5️⃣", "six": "6️⃣", "seven": "7️⃣", "eight": "8️⃣", "nine": "9️⃣",
	"keycap_ten": "🔟", "arrow_up": "⬆️", "arrow_down": "⬇️", "arrow_left": "⬅️", "arrow_right": "➡️",
	"arrow_upper_right": "↗️", "arrow_lower_right": "↘️", "arrows_counterclockwise": "🔄", "leftwards_arrow_with_hook": "↩️", "arrow_forward": "▶️",
	"double_vertical_bar": "⏸️", "pause_button": "⏸️", "black_square_for_stop": "⏹️", "fast_forward": "⏩", "rewind": "⏪",
	"bell": "🔔", "no_bell": "🔕", "mega": "📣", "loudspeaker": "📢", "speech_balloon": "💬",
	"thought_balloon": "💭", "speaker": "🔈", "mute": "🔇", "telephone": "☎️", "phone": "☎️",
	"telephone_receiver": "📞", "iphone": "📱", "pager": "📟", "computer": "💻", "desktop_computer": "🖥️",
	"keyboard": "⌨️", "floppy_disk": "💾", "cd": "💿", "electric_plug": "🔌", "battery": "🔋",
	"bulb": "💡", "flashlight": "🔦", "satellite": "📡", "satellite_antenna": "📡", "lock": "🔒",
	"unlock": "🔓", "key": "🔑", "old_key": "🗝️", "hammer": "🔨", "wrench": "🔧",
	"hammer_and_wrench": "🛠️", "gear": "⚙️", "link": "🔗", "paperclip": "📎", "pushpin": "📌",
	"round_pushpin": "📍", "scissors": "✂️", "toolbox": "🧰", "test_tube": "🧪", "microscope": "🔬",
	"telescope": "🔭", "magnet": "🧲", "shield": "🛡️", "bomb": "💣", "memo": "📝",
	"pencil": "📝", "pencil2": "✏️", "book": "📖", "books": "📚", "bookmark": "🔖",
	"clipboard": "📋", "calendar": "📅", "date": "📅", "spiral_calendar_pad": "🗓️", "chart_with_upwards_trend": "📈",
	"chart_with_downwards_trend": "📉", "bar_chart": "📊", "page_facing_up": "📄", "newspaper": "📰", "email": "✉️",
	"envelope": "✉️", "incoming_envelope": "📨", "inbox_tray": "📥", "outbox_tray": "📤", "package": "📦",
	"mailbox": "📫", "file_folder": "📁", "open_file_folder": "📂", "card_index_dividers": "🗂️", "wastebasket": "🗑️",
	"label": "🏷️", "moneybag": "💰", "credit_card": "💳", "dollar": "💵", "mag": "🔍",
	"mag_right": "🔎", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "watch": "⌚", "alarm_clock": "⏰",
	"stopwatch": "⏱️", "timer_clock": "⏲️", "clock1": "🕐", "clock3": "🕒", "clock9": "🕘",
	"clock12": "🕛", "bug": "🐛", "beetle": "🐞", "ant": "🐜", "spider": "🕷️",
	"spider_web": "🕸️", "snake": "🐍", "cat": "🐱", "dog": "🐶", "fox_face": "🦊",
	"bear": "🐻", "panda_face": "🐼", "monkey": "🐒", "monkey_face": "🐵", "chicken": "🐔",
	"penguin": "🐧", "bird": "🐦", "duck": "🦆", "owl": "🦉", "unicorn": "🦄",
	"unicorn_face": "🦄", "bee": "🐝", "butterfly": "🦋", "snail": "🐌", "turtle": "🐢",
	"octopus": "🐙", "crab": "🦀", "whale": "🐳", "dolphin": "🐬", "fish": "🐟",
	"shark": "🦈", "elephant": "🐘", "goat": "🐐", "sloth": "🦥", "dragon": "🐉",
	"t-rex": "🦖", "sunny": "☀️", "cloud": "☁️", "partly_sunny": "⛅", "rain_cloud": "🌧️",
	"thunder_cloud_and_rain": "⛈️", "snowflake": "❄️", "snowman": "⛄", "umbrella": "☔", "rainbow": "🌈",
	"ocean": "🌊", "tornado": "🌪️", "fog": "🌫️", "volcano": "🌋", "earth_africa": "🌍",
	"earth_americas": "🌎", "earth_asia": "🌏", "globe_with_meridians": "🌐", "moon": "🌔", "full_moon": "🌕",
	"new_moon": "🌑", "crescent_moon": "🌙", "seedling": "🌱", "evergreen_tree": "🌲", "deciduous_tree": "🌳",
	"palm_tree": "🌴", "cactus": "🌵", "herb": "🌿", "four_leaf_clover": "🍀", "maple_leaf": "🍁",
	"mushroom": "🍄", "rose": "🌹", "sunflower": "🌻", "cherry_blossom": "🌸", "bouquet": "💐",
	"coffee": "☕", "tea": "🍵", "beer": "🍺", "beers": "🍻", "clinking_glasses": "🥂",
	"champagne": "🍾", "wine_glass": "🍷", "cocktail": "🍸", "pizza": "🍕", "hamburger": "🍔",
	"fries": "🍟", "taco": "🌮", "popcorn": "🍿", "doughnut": "🍩", "cookie": "🍪",
	"cake": "🍰", "birthday": "🎂", "ice_cream": "🍨", "apple": "🍎", "banana": "🍌",
	"avocado": "🥑", "hot_pepper": "🌶️", "egg": "🥚", "cheese_wedge": "🧀", "sandwich": "🥪",
	"ramen": "🍜", "sushi": "🍣", "bento": "🍱", "soccer": "⚽", "basketball": "🏀",
	"dart": "🎯", "game_die": "🎲", "video_game": "🎮", "jigsaw": "🧩", "art": "🎨",
	"musical_note": "🎵", "notes": "🎶", "guitar": "🎸", "microphone": "🎤", "headphones": "🎧",
	"movie_camera": "🎥", "clapper": "🎬", "camera": "📷", "tv": "📺", "house": "🏠",
	"office": "🏢", "hospital": "🏥", "bank": "🏦", "factory": "🏭", "school": "🏫",
	"building_construction": "🏗️", "tent": "⛺", "checkered_flag": "🏁", "triangular_flag_on_post": "🚩", "white_flag": "🏳️",
	"black_flag": "🏴", "rainbow-flag": "🏳️‍🌈", "pirate_flag": "🏴‍☠️", "man": "👨", "woman": "👩",
	"baby": "👶", "older_man": "👴", "cop": "👮", "construction_worker": "👷", "busts_in_silhouette": "👥",
	"bust_in_silhouette": "👤", "runner": "🏃", "running": "🏃", "walking": "🚶", "dancer": "💃",
	"shipit": "🐿️", "crystal_ball": "🔮", "magic_wand": "🪄", "ladder": "🪜", "hook": "🪝",
	"bucket": "🪣", "broom": "🧹", "soap": "🧼", "thread": "🧵", "yarn": "🧶",
	"zzz": "💤", "anger": "💢", "footprints": "👣", "feet": "🐾", "headstone": "🪦",
	"coffin": "⚰️", "axe": "🪓", "dagger_knife": "🗡️", "crossed_swords": "⚔️", "balance_scale": "⚖️",
	"chains": "⛓️", "thermometer": "🌡️", "pill": "💊", "syringe": "💉", "stethoscope": "🩺",
	"bandage": "🩹", "adhesive_bandage": "🩹", "dna": "🧬",
}

// EmojiNames lists up to count shortcodes that begin with the prefix, in their order.
func EmojiNames(prefix string, count int) []string {
	var names []string
	for name := range emojis {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names[:min(count, len(names))]
}
