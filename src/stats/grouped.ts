/**
 * A number as English writes it: 1,234.5. What `toLocaleString('en-US')` gives, but that takes 20 ms to load the rules of all
 * languages the first time. Like that it rounds what is written, not the exact value: 1.005 is 1.01.
 *
 * @param most digits behind the point (6 at most), zeros at the end left out
 * @param least of those, kept even if zero
 */
export function grouped(n: number, most = 3, least = 0): string {
  if (!(n >= 0 && n < 1e21))
    return n.toLocaleString('en-US', { minimumFractionDigits: least, maximumFractionDigits: most });
  const [whole, fraction = ''] = (n < 1e-6 ? '0' : String(n)).split('.');
  const roundedUp = fraction.charAt(most) >= '5' ? 1n : 0n;
  const digits = String(BigInt(whole + fraction.slice(0, most).padEnd(most, '0')) + roundedUp).padStart(most + 1, '0');
  const point = digits.length - most;
  let end = digits.length;
  while (end > point + least && digits[end - 1] === '0') end--;
  const integer = digits.slice(0, point).replace(/\B(?=(\d{3})+$)/g, ',');
  return end > point ? `${integer}.${digits.slice(point, end)}` : integer;
}
