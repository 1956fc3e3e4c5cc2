/** A time as a voice says it: "Thursday, December 3 at 10:30 AM". */
export function spokenTime(start: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'long',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  });
  // Newer zone data put a narrow space before AM and PM, which speech engines stumble over.
  return format.format(new Date(start)).replace(/[\u202f\u00a0]/g, ' ');
}
