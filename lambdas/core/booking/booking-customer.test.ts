import { describe, expect, test } from '@jest/globals';
import { connectedIntegration } from '../../../test/faults/support/doubles.ts';
import { type CustomerRequest, readCustomer } from './booking-customer.ts';

const integration = connectedIntegration({ workspaceId: 'salon', integrationId: 'int_1' });
const nobody: CustomerRequest = { firstName: null, lastName: null, name: null, email: null, phone: null };
const read = (change: Partial<CustomerRequest>) => readCustomer({ ...nobody, ...change }, integration, undefined, 'It');

describe('the name of a customer', () => {
  test.each([
    [{ name: 'Ada Moreno' }, { firstName: 'Ada', lastName: 'Moreno', name: 'Ada Moreno' }],
    [{ name: 'Ada  Byron King' }, { firstName: 'Ada', lastName: 'Byron King', name: 'Ada  Byron King' }],
    [{ name: 'Cher' }, { firstName: 'Cher', lastName: null, name: 'Cher' }],
    [{ firstName: 'Ada' }, { firstName: 'Ada', lastName: null, name: 'Ada' }],
    [{ lastName: 'Moreno' }, { firstName: null, lastName: 'Moreno', name: 'Moreno' }],
    [
      { firstName: 'Ada', lastName: 'Moreno' },
      { firstName: 'Ada', lastName: 'Moreno', name: 'Ada Moreno' },
    ],
    [
      { firstName: 'Ada', name: 'Ada Moreno' },
      { firstName: 'Ada', lastName: null, name: 'Ada Moreno' },
    ],
  ])('given as %j', (given, parts) => {
    expect(read(given)).toEqual({ ...parts, email: null, phone: null });
  });

  test('is needed', () => {
    expect(() => read({ email: 'ada@mailbox.example' })).toThrow(expect.objectContaining({ field: 'customer.name' }));
  });
});
