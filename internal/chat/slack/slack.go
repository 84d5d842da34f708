// Package slack makes Slack a chat platform like the others: it writes Muster's messages and forms as Slack shows them,
// reads what Slack sends, and speaks to Slack's API within its limits (https://docs.slack.dev).
package slack

// Name is what the platform is called in rows and interactions.
const Name = "slack"
