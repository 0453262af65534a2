const SECOND_MS = 1_000
const DAY_MS = 86_400 * SECOND_MS
/** A new key is made after this. */
const ROTATE_AFTER_MS = 30 * DAY_MS
/** For so long a new key is published before it signs: every process, and every cache of the key set, knows it then. */
const STAGED_MS = 600 * SECOND_MS
/** An access token, with a little for clocks that differ. */
const ACCESS_OUT_MS = 660 * SECOND_MS
/** A refresh token of a session that is kept, used for the last time on its first day. */
const REFRESH_OUT_MS = 31 * DAY_MS

interface Aged {
  kid: string
  createdAt: Date
}

/** Which key does what at a time. `keys` are those that are not retired, the newest first. */
export function keyRoles<Key extends Aged>(
  keys: readonly [Key, ...Key[]],
  now: Date,
): { signing: Key; verifying: Key[] } {
  const signing = keys.find((key) => ageOf(key, now) >= STAGED_MS) ?? oldestOf(keys)
  const verifying = keys.filter((_, index) => {
    const successor = keys[index - 1]
    return !successor || ageOf(successor, now) < STAGED_MS + ACCESS_OUT_MS
  })
  return { signing, verifying }
}

/** What the rotation has to do at a time: a key is retired when the last token that its secret made has run out. */
export function rotationDue(keys: readonly Aged[], now: Date): { create: boolean; retire: string[] } {
  const [newest] = keys
  const retire = keys.filter((_, index) => {
    const successor = keys[index - 1]
    return successor !== undefined && ageOf(successor, now) > STAGED_MS + REFRESH_OUT_MS
  })
  return {
    create: !newest || ageOf(newest, now) >= ROTATE_AFTER_MS,
    retire: retire.map((key) => key.kid),
  }
}

function ageOf(key: Aged, now: Date): number {
  return now.getTime() - key.createdAt.getTime()
}

/** The first key of an installation signs at once. */
function oldestOf<Key>(keys: readonly [Key, ...Key[]]): Key {
  return keys.at(-1) ?? keys[0]
}
