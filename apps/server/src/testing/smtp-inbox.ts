import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type ReceivedMail, readMail } from './received-mail.ts'
import type { FromSmtpServer, Refusal, SmtpServerOptions, ToSmtpServer } from './smtp-server.ts'

const PROGRAM = fileURLToPath(new URL('./smtp-server.ts', import.meta.url))

/** A mail server on loopback, in a process of its own, and the mails that it was given. */
export interface SmtpInbox {
  port: number
  /** With its login, if it has one. */
  url: string
  mails: ReceivedMail[]
  /** The commands that clients gave, without their credentials. */
  commands: string[]
  /** The answer that the next mails get instead of being taken; null: they are taken; `silence`: they get none. */
  answerWith: Refusal | 'silence' | null
  /** Mails that wait for an answer. */
  unanswered: number
  mailsTo: (address: string) => ReceivedMail[]
  /** Ends it as `kill -9` does: whoever talks to it is cut off. */
  close: () => Promise<void>
}

/** Starts one; by default on a free port, without TLS and a login, as it may be between programs of one machine. */
export async function startSmtpInbox(options: Partial<SmtpServerOptions> = {}): Promise<SmtpInbox> {
  const { port = 0, security = 'plain', certificate = null, login = null } = options
  const told: SmtpServerOptions = { port, security, certificate, login }
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(told)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const mails: ReceivedMail[] = []
  const inbox: SmtpInbox = {
    ...{ port, mails, commands: [], answerWith: null, unanswered: 0, url: '' },
    mailsTo: (address) => mails.filter((mail) => mail.to.includes(address)),
    async close() {
      child.kill('SIGKILL')
      await exited
    },
  }
  const listening = readMessages(child, inbox)
  inbox.port = await Promise.race([
    listening,
    exited.then(() => Promise.reject(new Error('The mail server did not start.'))),
  ])
  const user = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : ''
  inbox.url = `${security === 'tls' ? 'smtps' : 'smtp'}://${user}127.0.0.1:${inbox.port}`
  return inbox
}

/** Resolves to the port once it listens. */
function readMessages(child: ChildProcess, inbox: SmtpInbox): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', (message: FromSmtpServer) => {
      if (message.type === 'listening') resolve(message.port)
      else if (message.type === 'command') inbox.commands.push(message.line)
      else if (inbox.answerWith === 'silence') inbox.unanswered += 1
      else {
        const refusal = inbox.answerWith
        if (!refusal) inbox.mails.push(readMail(message))
        child.send({ id: message.id, refusal } satisfies ToSmtpServer)
      }
    })
  })
}
