import type { User } from './types.ts'

/** Whether mails reach a person. What stands for the address of somebody without one ends so (RFC 2606). */
export function hasAddress({ email }: Pick<User, 'email'>): boolean {
  return !email.endsWith('@identity.invalid')
}
