export {
  compareDecimals,
  type Decimal,
  divideDecimals,
  isDecimal,
  magnitude,
  signOf,
  toPixels,
} from './decimal.ts'
export { DOLLARS, type NumberFormats, numberFormats, type ShownCurrency } from './number-formats.ts'
export { type TimeFormats, timeFormats } from './time-formats.ts'
