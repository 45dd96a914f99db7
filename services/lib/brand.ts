/** A number or string that cannot be mistaken for another of the same shape. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };
