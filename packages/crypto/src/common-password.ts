/** Whether a lower-case password is among the common ones, or made of nothing but them. */
export function isCommonPassword(password: string): boolean {
  return /^(.{1,8})\1+$/u.test(password)
}
