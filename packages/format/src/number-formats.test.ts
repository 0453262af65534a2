import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DOLLARS, numberFormats } from './number-formats.ts'

const english = numberFormats('en-US', DOLLARS)
const german = numberFormats('de-DE', DOLLARS)

const plainDecimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }))
  .map(([whole, units]) => `${whole}.${units.toString().padStart(18, '0')}`.replace(/\.?0+$/, '') || '0')

describe('exact', () => {
  it('keeps every digit of every decimal', () => {
    fc.assert(
      fc.property(plainDecimal, (value) => {
        expect(english.exact(value).replaceAll(',', '')).toBe(value)
      }),
    )
  })

  it('groups as the locale does', () => {
    expect(german.exact('1234567.000000000000000001')).toBe('1.234.567,000000000000000001')
  })
})

describe('amount', () => {
  it('never shows more than there is', () => {
    fc.assert(
      fc.property(plainDecimal, (value) => {
        const shown = english.amount(value)
        fc.pre(!shown.startsWith('<'))
        expect(value.startsWith(shown.replaceAll(',', '').replace(/\.?0+$/, ''))).toBe(true)
      }),
    )
  })

  it.each([
    ['0', '0'],
    ['0.123456789', '0.12345678'],
    ['1.99999999', '1.999999'],
    ['123456.78999', '123,456.7899'],
    ['0.000000000001', '< 0.00000001'],
    ['-0.5', '-0.5'],
    ['-0.000000000004', '-0.000000000004'],
  ])('writes %s as %s', (value, shown) => {
    expect(english.amount(value)).toBe(shown)
  })
})

describe('dollars', () => {
  it.each([
    ['0', '$0.00'],
    ['1234.5', '$1,234.50'],
    ['0.0042', '$0.0042'],
    ['0.000000000042', '< $0.00000001'],
    ['123456789012345678.91', '$123,456,789,012,345,678.91'],
  ])('writes %s as %s', (value, shown) => {
    expect(english.usd(value)).toBe(shown)
  })

  it('carry a sign when they are a change', () => {
    expect([english.usdChange('5'), english.usdChange('-5'), english.usdChange('0')]).toEqual([
      '+$5.00',
      '-$5.00',
      '$0.00',
    ])
  })

  it('show a price with the digits that matter', () => {
    expect([english.price('64123.4'), english.price('3.14159'), english.price('0.00001234567')]).toEqual([
      '$64,123.40',
      '$3.1416',
      '$0.00001235',
    ])
  })

  it('show a price just below one with two decimals', () => {
    expect([english.price('0.99994'), english.price('0.99996'), english.price('1.00004')]).toEqual([
      '$0.9999',
      '$1.00',
      '$1.00',
    ])
  })

  it('keep all digits when asked', () => {
    expect(english.usdExact('1.000000000000000001')).toBe('$1.000000000000000001')
  })
})

describe('parts and changes', () => {
  it('count per cent', () => {
    expect(english.percentChange('1.5')).toBe('+1.50%')
    expect(english.percentChange('-12.345')).toMatch(/^-12\.3[45]%$/)
  })

  it('never round a part down to nothing', () => {
    expect([english.share('0.5'), english.share('0.00001'), english.share('0')]).toEqual([
      '50.0%',
      '< 0.1%',
      '0.0%',
    ])
  })
})

describe('what is no decimal', () => {
  it('comes back as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^-?\d+(?:\.\d+)?$/.test(text))
        expect(english.usd(text)).toBe(text)
      }),
    )
  })
})

describe('another currency', () => {
  const euros = numberFormats('en-US', { code: 'EUR', usdPrice: '1.25' })

  it('shows what an amount in dollars is by its price, and dollars where every digit counts', () => {
    expect(euros.usd('1250.00')).toBe('€1,000.00')
    expect(euros.usdChange('-12.5')).toBe('-€10.00')
    expect(euros.price('125')).toBe('€100.00')
    expect(euros.inCurrency('1')).toBe('0.800000000000000000')
    expect(euros.usdExact('1250.123456789012345678')).toBe('$1,250.123456789012345678')
  })

  it('shows a coin with more digits than money', () => {
    const coins = numberFormats('en-US', { code: 'BTC', usdPrice: '100000' })
    const shown = ['123456.7', '995.6', '900', '1.6', '0.0016', '-995.6'].map((value) =>
      coins.usd(value).replace(/\s/, ' '),
    )
    expect(shown).toEqual([
      ...['BTC 1.23457', 'BTC 0.00996', 'BTC 0.00900', 'BTC 0.000016', 'BTC 0.000000016', '-BTC 0.00996'],
    ])
  })

  it('shows what is less than one unit of a currency without decimals', () => {
    const yen = numberFormats('en-US', { code: 'JPY', usdPrice: '0.0064' })
    expect(['0', '1', '0.0025', '-0.002', '0.0064'].map(yen.usd)).toEqual([
      '¥0',
      '¥156',
      '¥0.39',
      '-¥0.31',
      '¥1',
    ])
    expect(yen.usdChange('-0.0005')).toBe('-¥0.078')
  })
})
