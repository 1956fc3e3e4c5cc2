import type { Hono } from 'hono';
import { daysAsked } from './appointment-routes.ts';
import { requireWindow } from './booking.ts';
import type { Guard, MindbodyEnv } from './guard.ts';
import { pageOf, parametersOf } from './request.ts';
import { renderSessionType, renderStaff, type Site } from './site.ts';

/** The site itself, its services and staff, and its classes. */
export function addSiteRoutes(app: Hono<MindbodyEnv>, guard: Guard, sites: readonly Site[]): void {
  app.get('/site/sites', guard.require('key'), (c) => {
    const asked = parametersOf(c).list('siteIds');
    const shown = sites.filter(
      ({ facts, linked }) => linked && (asked.length === 0 || asked.includes(String(facts.id))),
    );
    return pageOf(
      c,
      'Sites',
      shown.map(({ facts }) => ({
        Id: facts.id,
        Name: facts.name,
        TimeZone: facts.timeZone,
        CountryCode: facts.countryCode,
        CurrencyIsoCode: facts.currency,
        ContactEmail: 'desk@salon.example',
        PricingLevel: 'Ultimate',
      })),
    );
  });

  app.get('/site/activationcode', guard.require('key'), (c) => {
    const code = `ACT${String(c.get('site').facts.id).replace('-', 'S')}`;
    return c.json({
      ActivationCode: code,
      ActivationLink: `https://clients.mindbodyonline.com/Home/Activate?code=${code}`,
    });
  });

  app.get('/site/sessiontypes', guard.require('site'), (c) =>
    pageOf(c, 'SessionTypes', [...c.get('site').sessionTypes.values()].map(renderSessionType)),
  );

  app.get('/staff/staff', guard.require('site'), (c) => {
    const instructors = parametersOf(c).list('filters').includes('AppointmentInstructor');
    const staff = [...c.get('site').staff.values()].filter(
      ({ takesAppointments }) => takesAppointments || !instructors,
    );
    return pageOf(c, 'StaffMembers', staff.map(renderStaff));
  });

  app.get('/class/classes', guard.require('site'), (c) => {
    const site = c.get('site');
    const parameters = parametersOf(c);
    const [first, last] = daysAsked(site, parameters, 'startDateTime', 'endDateTime');
    requireWindow(site, first, last);
    const rows = [...site.classes.values()]
      .filter(
        ({ start, cancelled }) =>
          start.slice(0, 10) >= first &&
          start.slice(0, 10) <= last &&
          !(cancelled && parameters.flag('hideCanceledClasses')),
      )
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    return pageOf(
      c,
      'Classes',
      rows.map((one) => site.renderClass(one)),
    );
  });
}
