/** The columns that hold names of assets and account types have this length. */
const NAME_LENGTH = 64

/** What PostgreSQL refuses (zero, half of a surrogate pair), and what nobody can see in a name. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** True if the database can hold a name that an exchange gave, and people can see it. */
export function isStorableName(text: string): boolean {
  return text.trim() !== '' && text.length <= NAME_LENGTH && text.search(UNPRINTABLE) < 0
}

/** The name in a form that can be stored and printed: what is unprintable by its code point, as in `A<U+0000>B`. */
export function printableName(text: string): string {
  const shown = text.replace(UNPRINTABLE, (character) => {
    const codePoint = character.codePointAt(0) ?? 0
    return `<U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}>`
  })
  const characters = [...shown]
  const cut = characters.length > NAME_LENGTH ? `${characters.slice(0, NAME_LENGTH).join('')}…` : shown
  return cut.trim() === '' ? '(no name)' : cut
}
