import { expect, it } from 'vitest'
import { sshForward } from './ssh-forward.ts'

it.each([
  ['http://trade.example.org:8080', 'ssh -L 8080:localhost:8080 trade.example.org', 'http://localhost:8080'],
  ['http://192.0.2.7:3000', 'ssh -L 3000:localhost:3000 192.0.2.7', 'http://localhost:3000'],
  ['http://[2001:db8::7]:3000', 'ssh -L 3000:localhost:3000 2001:db8::7', 'http://localhost:3000'],
  ['http://trade.example.org', 'ssh -L 3000:localhost:3000 trade.example.org', 'http://localhost:3000'],
])('from %s the way through SSH is %s', (page, command, address) => {
  expect(sshForward(new URL(page))).toEqual({ command, address })
})
