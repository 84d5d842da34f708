// Runs emulate's Slack (npm, exactly 0.12.2) for the tests of this folder, and mends where it is not as Slack's documentation
// says. Each mend names what it is for; nothing of Muster's is here. It ends when its standard input does.
import { createEmulator } from 'emulate'
import { createHmac } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const { port, app, people } = JSON.parse(process.argv[2])

// The package exports createEmulator alone; the Slack in it is a file of its own, found by what it exports.
const dist = path.dirname(fileURLToPath(import.meta.resolve('emulate')))
const file = readdirSync(dist).find((name) => /^dist-.*\.js$/.test(name) && /^ {2}slackPlugin,?$/m.test(readFileSync(path.join(dist, name), 'utf8')))
const { slackPlugin, getSlackStore } = await import(pathToFileURL(path.join(dist, file)))

const register = slackPlugin.register
slackPlugin.register = function (server, store, webhooks, baseUrl, tokens) {
  const slack = getSlackStore(store)
  const token = (c) => slack.tokens.findOneBy('token', c.get('authToken') ?? '')

  // Slack takes a token in the body of a form too; the emulator reads the header alone.
  server.use('*', async (c, next) => {
    if (!c.req.header('Authorization') && (c.req.header('Content-Type') ?? '').includes('application/x-www-form-urlencoded')) {
      const given = slack.tokens.findOneBy('token', new URLSearchParams(await c.req.raw.clone().text()).get('token') ?? '')
      if (given) {
        c.set('authToken', given.token)
        c.set('authScopes', given.scopes)
        c.set('authUser', { login: given.user_id, id: given.id, scopes: given.scopes })
      }
    }
    await next()
  })

  // A bot's messages carry which bot and app wrote them, in answers and in events.
  const insert = slack.messages.insert.bind(slack.messages)
  slack.messages.insert = (message) => {
    const bot = slack.bots.all().find((b) => b.user_id === message.user)
    return insert(bot ? { bot_id: bot.bot_id, app_id: bot.app_id, ...message } : message)
  }

  // An event says whose app it is for (authorizations), and when it happened (event_ts).
  const dispatch = webhooks.dispatch.bind(webhooks)
  webhooks.dispatch = (type, action, payload, owner) => {
    const installed = slack.installations.all()[0]
    if (!payload?.event || !installed) return dispatch(type, action, payload, owner)
    return dispatch(type, action, {
      ...payload,
      api_app_id: installed.app_id,
      authorizations: [{ enterprise_id: null, team_id: payload.team_id, user_id: installed.bot_user_id, is_bot: true, is_enterprise_install: false }],
      event: { event_ts: payload.event.ts ?? `${payload.event_time}.000000`, ...payload.event },
    }, owner)
  }

  // slack-go ends its multipart body twice, which Slack takes and the emulator's parser does not.
  server.post('/upload/v1/:fileId', async (c) => {
    const session = slack.fileUploadSessions.findOneBy('file_id', c.req.param('fileId'))
    if (!session || session.completed) return c.text('file_not_found', 404)
    let data = Buffer.from(await c.req.arrayBuffer())
    const boundary = /boundary="?([^";]+)/.exec(c.req.header('Content-Type') ?? '')?.[1]
    if (boundary) {
      const start = data.indexOf('\r\n\r\n') + 4
      data = data.subarray(start, data.indexOf(`\r\n--${boundary}`, start))
    }
    slack.fileUploadSessions.update(session.id, { uploaded: true, uploaded_size: data.byteLength, content_base64: data.toString('base64') })
    return c.text('OK')
  })

  // users.conversations, which the emulator has not.
  server.post('/api/users.conversations', (c) => {
    const me = token(c)
    if (!me) return c.json({ ok: false, error: 'not_authed' })
    const channels = slack.channels.all().filter((ch) => !ch.is_im && ch.members.includes(me.user_id))
    return c.json({
      ok: true,
      channels: channels.map((ch) => ({ id: ch.channel_id, name: ch.name, is_private: ch.is_private, is_archived: ch.is_archived, creator: ch.creator, created: Math.floor(new Date(ch.created_at) / 1000) })),
      response_metadata: { next_cursor: '' },
    })
  })

  // Slack makes an app from its manifest, and asks its address for a challenge first.
  server.post('/_test/app', async (c) => {
    const { oauth_config: oauth, settings } = await c.req.json()
    slack.oauthApps.insert({
      app_id: app.id, client_id: app.client_id, client_secret: app.client_secret, name: 'Muster', redirect_uris: oauth.redirect_urls, scopes: oauth.scopes.bot, user_scopes: [],
    })
    const url = settings.event_subscriptions?.request_url
    if (!url) return c.json({ ok: true })
    const body = JSON.stringify({ type: 'url_verification', token: 'unused', challenge: 'who-is-there' })
    const stamp = String(Math.floor(Date.now() / 1000))
    const signature = 'v0=' + createHmac('sha256', app.signing_secret).update(`v0:${stamp}:${body}`).digest('hex')
    const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Slack-Request-Timestamp': stamp, 'X-Slack-Signature': signature }, body })
    const said = await answer.text()
    if (answer.status !== 200 || !said.includes('who-is-there')) return c.json({ ok: false, error: `the address answers ${answer.status} ${said}` })
    const events = [...new Set(settings.event_subscriptions.bot_events.map((name) => name.split('.')[0]))]
    webhooks.register({ url, events, active: true, owner: 'slack' })
    return c.json({ ok: true })
  })
  server.get('/_test/deliveries', (c) => c.json({ deliveries: webhooks.getDeliveries().map((d) => ({ event: d.event, status: d.status_code })) }))

  const registered = register.call(this, server, store, webhooks, baseUrl, tokens)

  // People's addresses are confirmed and their zones known; every answer says what the token may do.
  const complete = (user) => ({ tz: 'Europe/Oslo', is_email_confirmed: true, ...user })
  server.use('*', async (c, next) => {
    if (token(c)) c.header('X-OAuth-Scopes', token(c).scopes.join(','))
    const json = c.json.bind(c)
    c.json = (data, ...rest) => json({ ...data, ...(data.user?.id && { user: complete(data.user) }), ...(c.req.path === '/api/users.list' && data.members && { members: data.members.map(complete) }) }, ...rest)
    await next()
  })
  return registered
}

const emulator = await createEmulator({
  service: 'slack', port, hostname: '127.0.0.1', baseUrl: `http://localhost:${port}`,
  seed: {
    slack: {
      signing_secret: app.signing_secret,
      strict_scopes: true,
      team: { name: 'Night shift', domain: 'night-shift' },
      users: people.map(({ name, email }) => ({ name: name.toLowerCase(), real_name: name, email })),
      tokens: people.map(({ name, token }) => ({ token, type: 'user', user: name.toLowerCase() })),
    },
  },
})
const end = () => emulator.close().finally(() => process.exit(0))
process.stdin.on('end', end).resume()
process.on('SIGTERM', end)
console.log('ready')
