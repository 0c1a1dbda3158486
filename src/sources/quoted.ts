/** A name as a shell takes it, for the commands that remedies give. */
export const quoted = (name: string): string => `'${name.replaceAll("'", "'\\''")}'`;
