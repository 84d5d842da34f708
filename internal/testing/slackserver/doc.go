// Package slackserver stands in for Slack: a real HTTP server on 127.0.0.1 with workspaces, people, channels and messages in
// memory, for tests, faults, load and virtual time. Its clock is Options.Clock; only waits for an answer are in real time.
//
// A test makes a world (Workspace, User, Channel), points the stand-in at the app (Point, or the app connects by Socket Mode), lets
// people act (Say, React, Command, Press, Submit and so on) and looks at what came of it (Messages, Views, Ephemerals, Wait).
// People act as Slack's client would let them: the impossible panics.
//
// It holds these documented rules (https://docs.slack.dev):
//
//   - Web API: form, multipart or JSON bodies; the token in the header or the body; not_authed, invalid_auth, token_revoked,
//     missing_scope with needed and provided, X-OAuth-Scopes; cursors; Slack's words for what is wrong.
//   - Channels: names of at most 80 lower-case characters, one channel a name, also when archived; private ones do not exist for
//     outsiders; archiving throws bots out, and they can neither unarchive nor read on; topic and purpose of at most 250 characters.
//   - Messages: ts unique and rising in a channel; threads with reply counts, thread_broadcast, tombstones; an app changes only its
//     own; chat.update with text alone takes the blocks away, with blocks it leaves no "edited"; unfurls change a message; 40,000 characters, 50 blocks, 3,000 characters a section, 75 on a button, and
//     so on for every block and element, about 13,200 characters of blocks together; metadata; a message under a custom name has subtype bot_message and no user.
//   - Views: 100 blocks, titles of 24 characters, private_metadata of 3,000, three modals on top of one another, hashes; a trigger_id
//     lives 3 s and is exchanged once; the client's own checks before a submission; response_action errors, update, push and clear.
//   - Files: the three steps of an upload; url_private needs the token, without it the page for signing in answers.
//   - OAuth v2 with codes that are taken once within 10 minutes, redirect_uri, PKCE; sign-in by OpenID Connect; uninstall.
//   - Limits (off until Limits): tiers of 1, 20, 50 and 100 calls a minute for each method and workspace; chat.postMessage one a
//     second in a channel with bursts of four, and 300 a minute in a workspace; HTTP 429 with Retry-After in whole seconds.
//   - Events: signed, acknowledged within 3 s, sent again at once, after 1 and after 5 minutes with X-Slack-Retry-Num and -Reason,
//     then missed for good; url_verification; only of channels that the app is in; the app hears its own messages too.
//   - response_url: five uses within 30 minutes, replace_original and delete_original.
//   - Socket Mode: tickets, hello, envelopes and acknowledgements with payload, disconnect; one of up to ten connections gets each.
//
// It does not hold: token rotation, Slack Connect, user groups, scheduled messages, canvases, and switching an app's events off after an
// hour of failures.
package slackserver
