import type { Choice } from '../../components/ui/select-field.tsx'

const LOCALES = [
  'en-US',
  'en-GB',
  'en-AU',
  'en-CA',
  'en-IN',
  'de-DE',
  'de-CH',
  'de-AT',
  'fr-FR',
  'fr-CH',
  'fr-CA',
  'it-IT',
  'es-ES',
  'es-MX',
  'es-AR',
  'pt-PT',
  'pt-BR',
  'nl-NL',
  'sv-SE',
  'da-DK',
  'nb-NO',
  'fi-FI',
  'pl-PL',
  'cs-CZ',
  'hu-HU',
  'ro-RO',
  'el-GR',
  'tr-TR',
  'uk-UA',
  'ru-RU',
  'he-IL',
  'ar-AE',
  'hi-IN',
  'id-ID',
  'vi-VN',
  'th-TH',
  'ja-JP',
  'ko-KR',
  'zh-CN',
  'zh-TW',
]

/** The locales to choose from, named in English, with the browser's own among them. */
export function localeChoices(browserLocale: string): Choice[] {
  const names = new Intl.DisplayNames('en', { type: 'language' })
  return [...new Set([...LOCALES, 'en', browserLocale])]
    .map((value) => ({ value, label: names.of(value) ?? value }))
    .sort((left, right) => left.label.localeCompare(right.label))
}

/** Every time zone that Intl knows, with UTC first. */
export function timeZoneChoices(): Choice[] {
  const zones = Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')
  return ['UTC', ...zones].map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }))
}
