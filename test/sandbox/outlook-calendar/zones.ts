/** The zones that events of this sandbox are in, by the names that Outlook gives them. */
const ZONES: Readonly<Record<string, string>> = {
  UTC: 'UTC',
  'GMT Standard Time': 'Europe/London',
  'Eastern Standard Time': 'America/New_York',
  'Lord Howe Standard Time': 'Australia/Lord_Howe',
  'Europe/London': 'Europe/London',
  'America/New_York': 'America/New_York',
  // Made by old apps: nobody can say what they mean but the mailbox itself.
  'tzone://Microsoft/Custom': 'Europe/London',
  'Customized Time Zone': 'Europe/London',
};

export const MAILBOX_ZONE = 'GMT Standard Time';

/** The IANA name; null for a zone that Exchange does not know. */
export function zoneNamed(name: string): string | null {
  return ZONES[name] ?? null;
}
