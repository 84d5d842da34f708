package slackserver

// The tiers of https://docs.slack.dev/apis/web-api/rate-limits, in calls a minute.
const (
	tier1   = 1
	tier2   = 20
	tier3   = 50
	tier4   = 100
	special = 0 // has its own rule, or so many calls that it does not matter
)

var methods map[string]method

func init() {
	methods = map[string]method{
		"auth.test":               {run: authTest, tier: special, kinds: []tokenKind{botToken, userToken}},
		"auth.revoke":             {run: authRevoke, tier: tier3},
		"apps.uninstall":          {run: appsUninstall, tier: tier1},
		"oauth.v2.access":         {run: oauthAccess, tier: tier4, open: true},
		"openid.connect.token":    {run: openidToken, tier: tier4, open: true},
		"openid.connect.userInfo": {run: openidUserInfo, tier: tier4, kinds: []tokenKind{userToken}, needs: []string{"openid"}},
		"apps.connections.open":   {run: connectionsOpen, tier: tier1, kinds: []tokenKind{appToken}, needs: []string{"connections:write"}},

		"conversations.create":     {run: conversationsCreate, tier: tier2},
		"conversations.rename":     {run: conversationsRename, tier: tier2},
		"conversations.archive":    {run: conversationsArchive, tier: tier2},
		"conversations.unarchive":  {run: conversationsUnarchive, tier: tier2},
		"conversations.setTopic":   {run: conversationsSetTopic, tier: tier2},
		"conversations.setPurpose": {run: conversationsSetPurpose, tier: tier2},
		"conversations.invite":     {run: conversationsInvite, tier: tier3},
		"conversations.kick":       {run: conversationsKick, tier: tier3},
		"conversations.join":       {run: conversationsJoin, tier: tier3, needs: []string{"channels:join"}},
		"conversations.leave":      {run: conversationsLeave, tier: tier3},
		"conversations.open":       {run: conversationsOpen, tier: tier3},
		"conversations.list":       {run: conversationsList, tier: tier2},
		"conversations.info":       {run: conversationsInfo, tier: tier3},
		"conversations.members":    {run: conversationsMembers, tier: tier4},
		"conversations.history":    {run: conversationsHistory, tier: tier3},
		"conversations.replies":    {run: conversationsReplies, tier: tier3},

		"chat.postMessage":   {run: chatPostMessage, tier: special, needs: []string{"chat:write"}},
		"chat.postEphemeral": {run: chatPostEphemeral, tier: tier4, needs: []string{"chat:write"}},
		"chat.update":        {run: chatUpdate, tier: tier3, needs: []string{"chat:write"}},
		"chat.delete":        {run: chatDelete, tier: tier3, needs: []string{"chat:write"}},
		"chat.unfurl":        {run: chatUnfurl, tier: tier3, needs: []string{"links:write"}},
		"chat.getPermalink":  {run: chatGetPermalink, tier: special},

		"users.list":          {run: usersList, tier: tier2, needs: []string{"users:read"}},
		"users.info":          {run: usersInfo, tier: tier4, needs: []string{"users:read"}},
		"users.profile.get":   {run: usersProfileGet, tier: tier4, needs: []string{"users.profile:read"}},
		"users.lookupByEmail": {run: usersLookupByEmail, tier: tier3, needs: []string{"users:read.email"}},
		"users.conversations": {run: usersConversations, tier: tier3},
		"team.info":           {run: teamInfo, tier: tier3, needs: []string{"team:read"}},
		"bots.info":           {run: botsInfo, tier: tier3, needs: []string{"users:read"}},

		"pins.add":         {run: pinsAdd, tier: tier2, needs: []string{"pins:write"}},
		"pins.remove":      {run: pinsRemove, tier: tier2, needs: []string{"pins:write"}},
		"pins.list":        {run: pinsList, tier: tier2, needs: []string{"pins:read"}},
		"reactions.add":    {run: reactionsAdd, tier: tier3, needs: []string{"reactions:write"}},
		"reactions.remove": {run: reactionsRemove, tier: tier2, needs: []string{"reactions:write"}},
		"reactions.get":    {run: reactionsGet, tier: tier3, needs: []string{"reactions:read"}},
		"bookmarks.add":    {run: bookmarksAdd, tier: tier2, needs: []string{"bookmarks:write"}},
		"bookmarks.edit":   {run: bookmarksEdit, tier: tier2, needs: []string{"bookmarks:write"}},
		"bookmarks.list":   {run: bookmarksList, tier: tier3, needs: []string{"bookmarks:read"}},
		"bookmarks.remove": {run: bookmarksRemove, tier: tier2, needs: []string{"bookmarks:write"}},

		"views.open":    {run: viewsOpen, tier: tier4},
		"views.push":    {run: viewsPush, tier: tier4},
		"views.update":  {run: viewsUpdate, tier: tier4},
		"views.publish": {run: viewsPublish, tier: tier4},

		"files.getUploadURLExternal":   {run: filesGetUploadURL, tier: tier4, needs: []string{"files:write"}},
		"files.completeUploadExternal": {run: filesCompleteUpload, tier: tier4, needs: []string{"files:write"}},
		"files.info":                   {run: filesInfo, tier: tier4, needs: []string{"files:read"}},
		"files.delete":                 {run: filesDelete, tier: tier3, needs: []string{"files:write"}},
	}
}
