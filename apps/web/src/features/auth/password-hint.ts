/** What stands below every field for a new password. */
export const PASSWORD_HINT =
  'At least 15 characters. A few words in a row are easy to remember and hard to guess.'
