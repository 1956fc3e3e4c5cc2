/** A business in the assumed contract: clients, staff, appointments. */
import type { SandboxClock } from '../mechanics/clock.ts';
import { EditError } from '../mechanics/provider.ts';
import { Random } from '../mechanics/random.ts';
import { FIRST_NAMES, LAST_NAMES } from './names.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
export const SERVICE = { id: 'sv_cut', minutes: 45 };
export const STAFF = ['st_mara', 'st_noor', 'st_joao'] as const;

export interface ClientRow {
  readonly id: string;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  phone: string | null;
  readonly created_at: string;
  updated_at: string;
}

export interface AppointmentRow {
  readonly id: string;
  readonly client_id: string;
  readonly service_id: string;
  staff_id: string;
  start_time: string;
  end_time: string;
  status: 'booked' | 'completed' | 'cancelled' | 'no_show';
  notes: string | null;
  updated_at: string;
}

export type ClientChange = Partial<Pick<ClientRow, 'first_name' | 'last_name' | 'email' | 'phone'>>;

export class FreshaBusiness {
  readonly id: string;
  readonly name: string;
  readonly clients = new Map<string, ClientRow>();
  readonly appointments = new Map<string, AppointmentRow>();
  readonly #clock: SandboxClock;
  #ids = 0;

  constructor(facts: { readonly id: string; readonly name: string }, clock: SandboxClock) {
    this.id = facts.id;
    this.name = facts.name;
    this.#clock = clock;
  }

  seed(seed: number, clients: number): void {
    const random = new Random(seed);
    for (let index = 0; index < clients; index += 1) {
      const [first, last] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
      const number = `07${String(400_000_000 + index * 31 + random.int(0, 30)).padStart(9, '0')}`;
      this.addClient({
        first_name: first,
        last_name: index % 17 === 5 ? null : last,
        email:
          index % 6 === 4
            ? null
            : `${first}.${last}.${index}@mailbox.example`.toLowerCase().replace(/[^a-z0-9.@]/g, ''),
        // Two of a family share a number.
        phone: index === 3 ? '07400000000' : index === 2 ? '+44 7400 000000' : number,
      });
    }
    const people = [...this.clients.keys()];
    const today = Math.floor(this.#clock.now() / DAY_MS) * DAY_MS;
    for (let day = -30; day < 45; day += 1) {
      for (const [chair, staff] of STAFF.entries()) {
        if ((day + chair) % 3 === 0) continue;
        const start = today + day * DAY_MS + (9 + chair * 2 + ((day + 60) % 3)) * 60 * MINUTE_MS;
        const row = this.#add(random.pick(people), staff, start);
        if (day < 0) row.status = day % 9 === 0 ? 'no_show' : 'completed';
        else if (day % 11 === 7) row.status = 'cancelled';
      }
    }
  }

  addClient(change: ClientChange): ClientRow {
    const at = this.#now();
    const blank = { first_name: null, last_name: null, email: null, phone: null };
    const row: ClientRow = { id: this.#id('cl'), ...blank, ...change, created_at: at, updated_at: at };
    this.clients.set(row.id, row);
    return row;
  }

  changeClient(id: string, change: ClientChange): void {
    Object.assign(this.#client(id), change, { updated_at: this.#now() });
  }

  removeClient(id: string): void {
    this.#client(id);
    this.clients.delete(id);
  }

  /** Free starts of half an hour's grid, 9 to 17 o'clock UTC. */
  freeTimes(from: number, to: number): { start: number; staff: string }[] {
    const free: { start: number; staff: string }[] = [];
    const first = Math.ceil(Math.max(from, this.#clock.now()) / (30 * MINUTE_MS)) * 30 * MINUTE_MS;
    for (let start = first; start < to; start += 30 * MINUTE_MS) {
      const hour = (start % DAY_MS) / (60 * MINUTE_MS);
      if (hour < 9 || hour >= 17) continue;
      for (const staff of STAFF) if (this.isFree(staff, start)) free.push({ start, staff });
    }
    return free;
  }

  isFree(staff: string, start: number): boolean {
    const end = start + SERVICE.minutes * MINUTE_MS;
    return ![...this.appointments.values()].some(
      (row) =>
        row.staff_id === staff &&
        row.status !== 'cancelled' &&
        Date.parse(row.start_time) < end &&
        Date.parse(row.end_time) > start,
    );
  }

  /** Null: the time is taken. */
  book(wish: { client: string; staff: string; start: number; notes: string | null }): AppointmentRow | null {
    if (!this.isFree(wish.staff, wish.start)) return null;
    const row = this.#add(wish.client, wish.staff, wish.start);
    row.notes = wish.notes;
    return row;
  }

  cancel(id: string): void {
    Object.assign(this.#appointment(id), { status: 'cancelled', updated_at: this.#now() });
  }

  move(id: string, start: number): void {
    Object.assign(this.#appointment(id), {
      start_time: new Date(start).toISOString(),
      end_time: new Date(start + SERVICE.minutes * MINUTE_MS).toISOString(),
      updated_at: this.#now(),
    });
  }

  removeAppointment(id: string): void {
    this.#appointment(id);
    this.appointments.delete(id);
  }

  #add(client: string, staff: string, start: number): AppointmentRow {
    const row: AppointmentRow = {
      id: this.#id('ap'),
      client_id: client,
      service_id: SERVICE.id,
      staff_id: staff,
      status: 'booked',
      notes: null,
      start_time: new Date(start).toISOString(),
      end_time: new Date(start + SERVICE.minutes * MINUTE_MS).toISOString(),
      updated_at: this.#now(),
    };
    this.appointments.set(row.id, row);
    return row;
  }

  #client(id: string): ClientRow {
    const row = this.clients.get(id);
    if (!row) throw new EditError(`no client ${id}`);
    return row;
  }

  #appointment(id: string): AppointmentRow {
    const row = this.appointments.get(id);
    if (!row) throw new EditError(`no appointment ${id}`);
    return row;
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}_${String(this.#ids).padStart(6, '0')}`;
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
