/** Rows as Graph writes them. */
import { dateIn } from '../../../lambdas/core/time/zoned-time.ts';
import type { Account, Calendar, Item, Mailbox } from './mailbox.ts';
import type { OutlookSettings } from './settings.ts';
import { zoneNamed } from './zones.ts';

export const GRAPH = 'https://graph.microsoft.com/v1.0';
const PREVIEW_LENGTH = 255;
const NEVER = '0001-01-01T00:00:00Z';

/** What a call prefers, by its `Prefer` header. */
export interface Preferences {
  readonly immutableIds: boolean;
  readonly textBodies: boolean;
  readonly maxPageSize: number | null;
  readonly timeZone: string | null;
}

export function preferencesOf(header: string | undefined): Preferences {
  const given = header ?? '';
  const size = /odata\.maxpagesize=(\d+)/i.exec(given)?.[1];
  return {
    immutableIds: /IdType="ImmutableId"/.test(given),
    textBodies: /outlook\.body-content-type="text"/i.test(given),
    maxPageSize: size === undefined ? null : Number(size),
    timeZone: /outlook\.timezone="([^"]+)"/i.exec(given)?.[1] ?? null,
  };
}

/** Without the preference for immutable ones, an id changes with the folder that an item is in. */
export function shownId(item: Item, { immutableIds }: Preferences): string {
  return immutableIds ? item.id : `AQMk${item.calendarId.length}${item.calendarId}~${item.id}`;
}

export function itemOf(mailbox: Mailbox, id: string): Item | null {
  const [, calendarId, own] = /^AQMk\d+(.*?)~(.*)$/.exec(id) ?? [];
  const item = mailbox.find(own ?? id);
  return calendarId === undefined || item?.calendarId === calendarId ? item : null;
}

export function etagOf({ id, version }: Item): string {
  return `W/"${Buffer.from(`${id}:${version}`).toString('base64')}"`;
}

export function calendarRow({ id, name, canEdit, isDefault }: Calendar, mailbox: Mailbox) {
  return {
    id,
    name,
    color: 'auto',
    hexColor: '',
    isDefaultCalendar: isDefault,
    changeKey: 'DwAAABYAAAAeAA==',
    canShare: canEdit,
    canViewPrivateItems: true,
    canEdit,
    allowedOnlineMeetingProviders: ['teamsForBusiness'],
    defaultOnlineMeetingProvider: 'teamsForBusiness',
    isTallyingResponses: canEdit,
    isRemovable: !isDefault,
    owner: mailbox.owner,
  };
}

export function userRow({ oid, name, address }: Account) {
  return { id: oid, displayName: name, mail: null, userPrincipalName: address };
}

/** An event with everything that there is. */
export function eventRow(
  mailbox: Mailbox,
  item: Item,
  preferences: Preferences,
  settings: OutlookSettings,
): Record<string, unknown> {
  const fields = mailbox.fieldsOf(item);
  const text = preferences.textBodies && settings.honoursBodyPreference;
  const zoned = { originalStartTimeZone: fields.zone, originalEndTimeZone: fields.zone };
  const series = item.seriesId === null ? null : mailbox.items.get(item.seriesId);
  return {
    '@odata.etag': etagOf(item),
    id: shownId(item, preferences),
    createdDateTime: graphInstant(item.createdAt),
    lastModifiedDateTime: graphInstant(item.modifiedAt),
    changeKey: etagOf(item).slice(3, -1),
    categories: [],
    transactionId: fields.transactionId,
    ...zoned,
    iCalUId: `040000008200E00074C5B7101A82E008${Buffer.from(item.id).toString('hex')}`,
    reminderMinutesBeforeStart: 15,
    isReminderOn: false,
    hasAttachments: false,
    subject: fields.subject,
    bodyPreview: fields.body.replaceAll('\n', '\r\n').slice(0, PREVIEW_LENGTH),
    importance: 'normal',
    sensitivity: fields.sensitivity,
    isAllDay: fields.isAllDay,
    isCancelled: fields.isCancelled,
    isOrganizer: fields.organizer.address === mailbox.owner.address,
    responseRequested: true,
    seriesMasterId: series ? shownId(series, preferences) : null,
    showAs: fields.showAs,
    type: item.type,
    webLink: 'https://outlook.office365.com/owa/?itemid=1&exvsurl=1&path=/calendar/item',
    isOnlineMeeting: false,
    onlineMeetingProvider: 'unknown',
    allowNewTimeProposals: true,
    responseStatus: { response: fields.response, time: NEVER },
    body: { contentType: text ? 'text' : 'html', content: text ? fields.body : htmlOf(fields.body) },
    ...timesOf(mailbox, item, settings),
    location: { displayName: fields.location, locationType: 'default', uniqueIdType: 'unknown' },
    locations: [],
    recurrence: null,
    attendees: fields.attendees.map(({ type, name, address }) => ({
      type,
      status: { response: 'none', time: NEVER },
      emailAddress: { name, address },
    })),
    organizer: { emailAddress: fields.organizer },
  };
}

/** All that a delta says of an occurrence that is like its series. */
export function stubRow(mailbox: Mailbox, item: Item, preferences: Preferences, settings: OutlookSettings) {
  const { id, type, seriesMasterId } = eventRow(mailbox, item, preferences, settings);
  return { '@odata.etag': etagOf(item), seriesMasterId, id, type, ...timesOf(mailbox, item, settings) };
}

/** Only the members that were selected; id and etag always come along. */
export function selected(row: Record<string, unknown>, select: string | undefined): Record<string, unknown> {
  if (select === undefined) return row;
  const names = new Set(['@odata.etag', 'id', ...select.split(',').map((name) => name.trim())]);
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name)));
}

function timesOf(mailbox: Mailbox, item: Item, { allDayAs }: OutlookSettings) {
  const { isAllDay, zone } = mailbox.fieldsOf(item);
  const at = (instant: number) => {
    const day = isAllDay && allDayAs === 'days' ? dateIn(instant, zoneNamed(zone) ?? 'UTC') : null;
    const dateTime = day === null ? new Date(instant).toISOString().slice(0, 19) : `${day}T00:00:00`;
    return { dateTime: `${dateTime}.0000000`, timeZone: 'UTC' };
  };
  return { start: at(item.start), end: at(item.end) };
}

/** With seven digits. */
export function graphInstant(instant: number): string {
  return new Date(instant).toISOString().replace('Z', '0000Z');
}

/** How Exchange keeps a body that was sent as text. */
function htmlOf(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = escaped.replaceAll('\n', '<br>\r\n');
  return `<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n<body>\r\n<div class="PlainText">${lines}</div>\r\n</body>\r\n</html>\r\n`;
}
