package slack

// Credentials are what one workspace is spoken to with.
type Credentials struct {
	// Token is the bot's.
	Token string
	// BotUser is the user id of the bot, BotID what its messages carry, AppID the app's.
	BotUser, BotID, AppID string
	// Enterprise is the Grid that the workspace belongs to, or empty.
	Enterprise string
}
