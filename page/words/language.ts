import type { Sentences } from './sentences.js';
import { Words } from './words.js';

export type Language = Sentences['language'];

const place = 'onsale.language';

export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(place);
  if (chosen === 'en' || chosen === 'ko') return chosen;
  return navigator.languages.find((one) => /^(en|ko)\b/.test(one))?.startsWith('ko') === true ? 'ko' : 'en';
}

export const keepLanguage = (language: Language): void => localStorage.setItem(place, language);

/** Only the language that is wanted is loaded. */
export async function wordsOf(language: Language): Promise<Words> {
  return new Words(language === 'ko' ? (await import('./ko.js')).ko : (await import('./en.js')).en);
}
