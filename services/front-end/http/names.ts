const nameCharactersMax = 128;

/**
 * Whether a product may have this name: 1-128 characters, none of them a control
 * character or half a surrogate pair. What may not is unknown without asking.
 */
export function isPossibleName(name: string): boolean {
  if (name.length === 0 || name.length > 2 * nameCharactersMax) return false;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return false;
  }
  if (name.length <= nameCharactersMax && !beyondAscii.test(name)) return true;
  return !loneSurrogate.test(name) && Array.from(name).length <= nameCharactersMax;
}

const beyondAscii = /[^\x20-\x7e]/;
const loneSurrogate = /\p{Cs}/u;
