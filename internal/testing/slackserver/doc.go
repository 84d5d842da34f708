// Package slackserver stands in for Slack: a real HTTP server with workspaces, people, channels and messages in memory.
package slackserver
