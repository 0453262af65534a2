import { COMMON_WORDS } from './common-words.ts'

/** Rows that fingers run along, and the alphabet. Doubled, so that `8901` counts; read in both directions. */
const ROWS = [
  '1234567890',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'qsdfghjklm',
  'zxcvbnm',
  'yxcvbnm',
  'abcdefghijklmnopqrstuvwxyz',
  '!@#$%^&*()_+',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
  'qazwsxedcrfvtgbyhnujm',
].flatMap((row) => [row + row, [...(row + row)].reverse().join('')])

/** Letters that a digit or sign commonly stands for. */
const STANDS_FOR: Record<string, string> = {
  0: 'o',
  1: 'il',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  8: 'b',
  9: 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '+': 't',
}

const SHORTEST_RUN = 3
const MOST_EDGE_DIGITS = 4
const LONGEST_PERIOD = 4
const CHARACTERS_PER_PIECE = 4

/**
 * Whether a lower-case password is put together from so few common pieces that a guesser reaches it early.
 *
 * A piece is a common word (also with digits for letters), a run along a keyboard row or the alphabet, one character
 * repeated, up to four digits at either end, or any single character. It is common when a piece stands for four
 * characters or more on average: `password12345678` has 2 pieces, `qwertyuiopasdfghjkl` 2, a phrase of unlisted words
 * about as many as it has letters. What repeats itself is judged by the part that is repeated.
 */
export function isCommonPassword(password: string): boolean {
  const characters = [...password]
  const unit = characters.slice(0, periodOf(characters))
  if (unit.length <= LONGEST_PERIOD) return true
  return fewestPieces(unit) <= Math.max(2, Math.floor(unit.length / CHARACTERS_PER_PIECE))
}

/** The length of the shortest beginning whose repetition gives the whole; the whole's own when nothing repeats. */
function periodOf(characters: readonly string[]): number {
  for (let period = 1; period <= characters.length / 2; period += 1) {
    if (characters.every((character, index) => character === characters[index % period])) return period
  }
  return characters.length
}

function fewestPieces(characters: readonly string[]): number {
  const fewest = [0]
  for (let end = 1; end <= characters.length; end += 1) fewest.push(end)
  for (let start = 0; start < characters.length; start += 1) {
    const soFar = (fewest[start] ?? start) + 1
    for (const length of pieceLengths(characters, start)) {
      const end = start + length
      fewest[end] = Math.min(fewest[end] ?? end, soFar)
    }
  }
  return fewest[characters.length] ?? characters.length
}

function pieceLengths(characters: readonly string[], start: number): number[] {
  const words = COMMON_WORDS.filter((word) => wordStandsAt(characters, start, word)).map(
    (word) => word.length,
  )
  return [1, ...words, ...runLengths(characters, start), ...edgeDigits(characters, start)]
}

function wordStandsAt(characters: readonly string[], start: number, word: string): boolean {
  if (start + word.length > characters.length) return false
  for (let index = 0; index < word.length; index += 1) {
    const found = characters[start + index] ?? ''
    const wanted = word.charAt(index)
    if (found !== wanted && !STANDS_FOR[found]?.includes(wanted)) return false
  }
  return true
}

/** Each length of a run that begins here, since the next piece may begin inside the longest. */
function runLengths(characters: readonly string[], start: number): number[] {
  const first = characters[start]
  const lengths: number[] = []
  let text = characters.slice(start, start + SHORTEST_RUN - 1).join('')
  let isRepeated = characters[start + 1] === first
  for (let end = start + SHORTEST_RUN; end <= characters.length; end += 1) {
    text += characters[end - 1]
    isRepeated &&= characters[end - 1] === first
    if (!isRepeated && !ROWS.some((row) => row.includes(text))) break
    lengths.push(end - start)
  }
  return lengths
}

function edgeDigits(characters: readonly string[], start: number): number[] {
  const lengths: number[] = []
  for (let length = 1; length <= MOST_EDGE_DIGITS; length += 1) {
    const end = start + length
    if (!/^[0-9]$/.test(characters[end - 1] ?? '')) break
    if (start === 0 || end === characters.length) lengths.push(length)
  }
  return lengths
}
