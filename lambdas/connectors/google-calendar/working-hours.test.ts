import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { weeklyHoursSchema } from '../../core/model/availability.ts';
import { openingHoursOf } from './working-hours.ts';

const period = (dayOfWeek: string, periodStart: number, periodEnd: number) => ({ dayOfWeek, periodStart, periodEnd });
const hours = (...availableTimes: unknown[]) => openingHoursOf({ workingHoursEnabled: true, availableTimes });

describe('working hours', () => {
  it('are opening hours; days that are not named are closed', () => {
    expect(hours(period('MONDAY', 540, 1020), period('saturday', 600, 1440), period('Tue', 0, 30))).toEqual({
      monday: [{ from: '09:00', to: '17:00' }],
      tuesday: [{ from: '00:00', to: '00:30' }],
      wednesday: [],
      thursday: [],
      friday: [],
      saturday: [{ from: '10:00', to: '24:00' }],
      sunday: [],
    });
  });

  it.each([
    undefined,
    null,
    'nine to five',
    {},
    { workingHoursEnabled: false, availableTimes: [period('MONDAY', 540, 1020)] },
    { workingHoursEnabled: true },
    { workingHoursEnabled: true, availableTimes: [period('HOLIDAY', 540, 1020)] },
    { workingHoursEnabled: true, availableTimes: [period('MONDAY', 540, 1020), period('TUESDAY', 1020, 540)] },
    { workingHoursEnabled: true, availableTimes: [period('MONDAY', 540, 1500)] },
  ])('that can not be read, or are off, are none: %j', (given) => {
    expect(openingHoursOf(given)).toBeNull();
  });

  it('are valid settings, whatever the periods, and open exactly in them', () => {
    const minute = fc.integer({ min: 0, max: 1440 });
    const periods = fc.array(
      fc.tuple(minute, minute).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(periods, minute, (given, at) => {
        const week = weeklyHoursSchema.parse(hours(...given.map(([from, to]) => period('FRIDAY', from, to))));
        const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
        const open = week.friday.filter(({ from, to }) => minutes(from) <= at && at < minutes(to));
        expect(open).toHaveLength(given.some(([from, to]) => from <= at && at < to) ? 1 : 0);
      }),
    );
  });
});
