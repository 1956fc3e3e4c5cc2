/** What an Acuity account holds. Instants are epoch ms. */

export interface AcuityClientRecord {
  /** Acuity's own; never shown. */
  readonly key: number;
  firstName: string;
  lastName: string;
  email: string;
  /** As somebody typed it. */
  phone: string;
  notes: string;
}

export interface AcuityAppointmentRecord {
  readonly id: number;
  readonly createdAt: number;
  /** As they were when it was booked. */
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly phone: string;
  /** The client's zone. */
  readonly timeZone: string;
  readonly typeId: number;
  readonly minutes: number;
  readonly price: string;
  calendarId: number;
  start: number;
  canceled: boolean;
  noShow: boolean;
  notes: string;
}

export interface AcuityTypeRecord {
  readonly id: number;
  name: string;
  active: boolean;
  readonly minutes: number;
  price: string;
  readonly category: string;
  readonly private: boolean;
  readonly kind: 'service' | 'class' | 'series';
  readonly classSize: number | null;
  readonly paddingAfter: number;
  calendarIds: readonly number[];
}

export interface AcuityCalendarRecord {
  readonly id: number;
  name: string;
  readonly email: string;
  readonly timeZone: string;
  /** Opening hours on each day from Monday on, as minutes of the day; null: closed. */
  readonly hours: readonly ([open: number, close: number] | null)[];
}

/** Time in which a calendar can't be booked: a holiday, a lunch. */
export interface AcuityBlock {
  readonly calendarId: number;
  readonly start: number;
  readonly end: number;
}
