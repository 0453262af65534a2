/** The account of a bench, whose password is no secret. */
export const PASSWORD = 'seventeen quiet lighthouses'

/** Somebody who is signed in, as a browser would be. */
export interface Session {
  userId: string
  /** What the browser would send. */
  cookie: string
}

/** Makes an account, or signs in to one. */
export async function openSession(o: {
  url: string
  email: string
  by?: 'register' | 'login'
}): Promise<Session> {
  const path = `auth.${o.by ?? 'register'}`
  const response = await fetch(`${o.url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: o.url },
    body: JSON.stringify({ email: o.email, password: PASSWORD }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
  const { result } = JSON.parse(text) as { result: { data: { user: { userId: string } } } }
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  return { userId: result.data.user.userId, cookie }
}
