import { describe, expect, it } from 'vitest'
import { formatsFor } from './format.ts'

describe('a setting that Intl does not know', () => {
  it('falls back to the browser', () => {
    const formats = formatsFor('xx-invalid-locale-', 'Mars/Olympus')
    expect(formats.usd('1')).toContain('1')
    expect(formats.timeZone).not.toBe('Mars/Olympus')
  })
})
