// What the reference client of graphql-sse gets in distinct connections mode.
import { createClient } from "graphql-sse";

const [, , base, customer] = process.argv;
const url = base + "/graphql";
const connect = (headers = {}) => createClient({ url, headers, retryAttempts: 0 });

async function all(client, query, variables) {
  const events = [];
  for await (const event of client.iterate({ query, variables })) events.push(event);
  return events;
}

async function failure(promise) {
  try {
    return { unexpected: await promise };
  } catch (error) {
    return { status: error.response?.status, message: error.message };
  }
}

const client = connect({ authorization: `Bearer ${customer}` });
const told = {};
told.query = await all(client, "query Who($id: ID!) { me { username } product(id: $id) { id } }", {
  id: "7",
});
told.countdown = await all(client, "subscription { countdown(from: 3, everyMilliseconds: 5) }");
told.invalid = await all(client, "{ nothing }");
told.deferred = await all(client, "{ lab { hostile ... @defer { wait(milliseconds: 30) } } }");

const orders = client.iterate({ query: "subscription { orderPlaced { status user { username } lines { quantity } } }" });
const first = orders.next();
// The stream has begun when its answer's head is there; ask until the order is announced to it.
let event;
for (let attempt = 0; attempt < 50 && !event; attempt++) {
  await fetch(`${base}/api/orders`, {
    method: "POST",
    headers: { authorization: `Bearer ${customer}`, "content-type": "application/json" },
    body: JSON.stringify({ lines: [{ product_id: 11, quantity: 1 }] }),
  });
  event = await Promise.race([first, new Promise((done) => setTimeout(done, 200))]);
}
told.orderPlaced = event?.value;
await orders.return();

told.stranger = await failure(all(connect({ authorization: "Bearer wrong" }), "{ __typename }"));
told.nobody = await all(connect(), "subscription { orderPlaced { id } }");
console.log(JSON.stringify(told));
process.exit(0);
