import { describe, expect, it } from 'vitest';
import { identityWorld } from '#shared/testing/worlds/identity-world.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const { get, post, ask, person, deliver, officer, base, sql } = await identityWorld((clients) =>
  routes(stores(clients)),
);
const customersUrl = `${base}/unified-customers`;

describe('a customer', () => {
  it('is shown masked, and unmasked only to callers who may see personal data', async () => {
    const { customerId, name, phone, email } = await person();
    const url = `${customersUrl}/${customerId}`;
    const masked = await get(url);
    expect(masked).toMatchObject({
      status: 200,
      body: { customerId, mergedCustomers: [], dataSources: ['dotnet', 'store'] },
    });
    expect(masked.body['details']).toMatchObject({
      phone: `+91 ••• ${phone.slice(-3)}`,
      email: 'p•••@mail.acme.in',
      names: ['P••• O•••'],
    });
    for (const value of [name, phone, email]) expect(JSON.stringify(masked)).not.toContain(value);
    const open = await get(url, { bearer: officer });
    expect(open.body['details']).toMatchObject({ name, phone, email });
    const records = await get(`${url}/records`);
    expect(records.body).toMatchObject({ nextCursor: null, records: [{ source: 'dotnet' }, {}] });
    expect(JSON.stringify(records)).not.toContain(name);
  });

  it('leaves an entry in the change log for each read, without personal data', async () => {
    const { customerId, phone, email } = await person();
    await get(`${customersUrl}/${customerId}`, { bearer: officer });
    await get(`${customersUrl}/${customerId}/records`, { bearer: officer });
    await post(`${customersUrl}:search`, { phone, email }, { bearer: officer });
    const rows = await sql`
      select subject, action, resource from audit_log order by audit_no desc limit 3`;
    expect(rows.toReversed()).toMatchObject(
      [`/${customerId}`, `/${customerId}/records`, ':search/email,phone'].map((suffix) => ({
        subject: 'officer',
        action: 'personal-data.read',
        resource: `unified-customers${suffix}`,
      })),
    );
  });

  it('is found by phone, e-mail address and card in any form', async () => {
    const { customerId, recordId, name, phone, email } = await person();
    const cardToken = `card-of-${recordId}`;
    await deliver({
      ...{ source: 'store', recordId, given: { name, phone, cardToken, cardLastFour: '4242' } },
      changedAt: new Date('2026-11-02T00:00:00Z'),
    });
    const search = (query: object) => post(`${customersUrl}:search`, query);
    for (const query of [{ phone: phone.slice(3) }, { email: email.toUpperCase() }, { cardToken }])
      expect(await search(query), JSON.stringify(query)).toMatchObject({
        status: 200,
        body: { customers: [{ customerId, details: { card: { lastFour: '4242' } } }] },
      });
    expect((await search({ phone: '+919800000001' })).body).toEqual({
      ...{ customers: [], nextCursor: null },
    });
    for (const query of [{}, { phone: '12' }, { email: 'nobody' }])
      expect(await search(query)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await search({ mail: email })).toMatchObject({ status: 400 });
  });

  it('shows why its records belong together, field by field', async () => {
    const { customerId } = await person();
    const { body } = await get(`${customersUrl}/${customerId}/links`);
    const [link] = body['links'] as {
      band: string;
      probability: number;
      priorBits: number;
      parts: { field: string; bits: number; probability: number }[];
    }[];
    expect(link).toMatchObject({ band: 'LINK', model: 'default-1' });
    const bits = link!.parts.reduce((sum, part) => sum + part.bits, link!.priorBits);
    expect(1 / (1 + 2 ** -bits)).toBeCloseTo(link!.probability, 12);
    expect(link!.parts.at(-1)?.probability).toBeCloseTo(link!.probability, 12);
    expect(link!.parts.map(({ field }) => field)).toEqual(['name', 'phone']);
  });

  it('does not exist under an unknown id', async () => {
    for (const path of ['', '/records', '/links'])
      expect(await get(`${customersUrl}/999999${path}`)).toMatchObject({
        status: 404,
        body: { code: 'customer-not-found' },
      });
    expect(await get(`${customersUrl}/x`)).toMatchObject({ status: 400 });
  });

  it('is listed page by page, and in the order of changes', async () => {
    const { customerId: first } = await person();
    const { customerId: second } = await person();
    const page = await get(`${customersUrl}?limit=1000`);
    const ids = (page.body['customers'] as { customerId: number }[]).map((own) => own.customerId);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(ids).toEqual(expect.arrayContaining([first, second]));
    const changes = async (cursor?: unknown) => {
      const query = typeof cursor === 'string' ? `?cursor=${cursor}` : '';
      return (await get(`${base}/customer-changes${query}`)).body;
    };
    const all = await changes();
    const none = await changes(all['nextCursor']);
    expect(none).toEqual({ changes: [], nextCursor: all['nextCursor'] });
    const { customerId: third } = await person();
    expect(await changes(none['nextCursor'])).toMatchObject({
      changes: [{ customerId: third, status: 'CURRENT', mergedInto: null }],
    });
  });
});

/** Two records that share only a phone: a person must decide. */
const unsure = async (tag: string) => {
  const phone = `+9197${tag}`;
  await deliver(
    { source: 'dotnet', recordId: `d-${tag}`, given: { name: 'Ravi Sharma', phone } },
    { source: 'store', recordId: `s-${tag}`, given: { name: 'Kamla Devi', phone } },
  );
  const [d, s] = await sql<{ recordNo: number }[]>`
    select record_no from customer_records where record_id in (${`d-${tag}`}, ${`s-${tag}`})
    order by record_id`;
  return { a: d!.recordNo, b: s!.recordNo };
};
const customersOf = async (...recordNos: readonly number[]) => {
  const rows = await sql<{ customerId: number | null }[]>`
    select customer_id from customer_records where record_no = any(${recordNos}::bigint[])
    order by record_no`;
  return rows.map(({ customerId }) => customerId);
};

describe('the review queue', () => {
  const queue = async () => {
    const { body } = await get(`${base}/link-reviews?limit=1000`);
    return body['reviews'] as { a: number; b: number; records: { details: object }[] }[];
  };
  const review = async (pair: { a: number; b: number }) => {
    await sql`
      insert into record_links (tenant_id, a, b, band, probability, score)
      values ('acme', ${pair.a}, ${pair.b}, 'REVIEW', 0.7,
        ${sql.json({ model: 'default-1', probability: 0.7, priorBits: -1, parts: [] })})
      on conflict (a, b) do update set band = 'REVIEW', probability = 0.7`;
  };
  const decisionUrl = ({ a, b }: { a: number; b: number }) => `${base}/link-decisions/${b}/${a}`;
  const decide = (pair: { a: number; b: number }, decided: string, reason = 'seen the papers') =>
    ask('PUT', decisionUrl(pair), { body: { decided, reason } });

  it('has undecided pairs, with both records masked', async () => {
    const pair = await unsure('61537284');
    await review(pair);
    const open = (await queue()).find(({ a }) => a === pair.a);
    expect(open).toMatchObject({ ...pair, records: [{}, {}] });
    expect(JSON.stringify(open)).not.toContain('Sharma');
    expect(open?.records[0]?.details).toMatchObject({ name: 'R••• S•••' });
    await decide(pair, 'DIFFERENT');
    expect((await queue()).filter(({ a }) => a === pair.a)).toEqual([]);
  });

  it('creates one customer of two records as decided, once, and none when the decision is withdrawn', async () => {
    const pair = await unsure('70918263');
    await decide(pair, 'DIFFERENT');
    expect(await customersOf(pair.a, pair.b)).toEqual([null, null]);
    const same = await decide(pair, 'SAME');
    expect(same).toMatchObject({
      status: 200,
      body: { ...pair, decided: 'SAME', decidedBy: 'ann' },
    });
    const [customerId, other] = await customersOf(pair.a, pair.b);
    expect(customerId).toEqual(expect.any(Number));
    expect(other).toBe(customerId);
    expect(await decide(pair, 'SAME')).toEqual(same);
    const rows = await sql`
      select from audit_log where action = 'link.decided' and resource = ${`link-decisions/${pair.a}/${pair.b}`}`;
    expect(rows).toHaveLength(2);
    await decide(pair, 'DIFFERENT', 'two brothers');
    expect(await customersOf(pair.a, pair.b)).toEqual([null, null]);
    // Scores never override it, however often the records arrive again.
    await unsure('70918263');
    expect(await customersOf(pair.a, pair.b)).toEqual([null, null]);
    const withdrawn = await ask('DELETE', `${decisionUrl(pair)}?reason=no%20proof`);
    expect(withdrawn.status).toBe(204);
    await decide(pair, 'SAME');
    expect(await customersOf(pair.a, pair.b)).toEqual([customerId, customerId]);
  });

  it('refuses a decision about a record that does not exist, or about one record', async () => {
    const { a } = await unsure('52640917');
    expect(await decide({ a, b: 999_999 }, 'SAME')).toMatchObject({ status: 404 });
    expect(await decide({ a, b: a }, 'SAME')).toMatchObject({ status: 400 });
    expect(await decide({ a, b: 999_999 }, 'MAYBE')).toMatchObject({ status: 400 });
  });
});
