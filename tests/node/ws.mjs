// What the reference client of graphql-transport-ws gets; prints one JSON object by scenario.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [, , base, staff] = process.argv;
const url = base.replace("http", "ws") + "/graphql";
const connect = (options = {}) =>
  createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, ...options });

async function all(client, query, variables) {
  const events = [];
  for await (const event of client.iterate({ query, variables })) events.push(event);
  return events;
}

async function failure(promise) {
  try {
    return { unexpected: await promise };
  } catch (error) {
    return Array.isArray(error)
      ? { errors: error }
      : { code: error.code, reason: error.reason, message: error.message };
  }
}

const client = connect({ connectionParams: { authorization: `Bearer ${staff}` }, keepAlive: 100 });
let pongs = 0;
client.on("pong", () => pongs++);
const told = {};
told.query = await all(client, "query Who($id: ID!) { me { username } product(id: $id) { id } }", {
  id: "7",
});
told.countdown = await all(client, "subscription { countdown(from: 3, everyMilliseconds: 60) }");
told.invalid = await failure(all(client, "{ nothing }"));
told.deferred = await all(
  client,
  "{ lab { hostile ... @defer { wait(milliseconds: 30) } } }",
);

// An event that another API causes, on a subscription that is then left.
const prices = client.iterate({ query: "subscription { priceChanged(productId: 9) { product { id price } before after } }" });
const first = prices.next();
await all(client, "{ __typename }"); // in order: the subscription is there when this is answered
const answer = await fetch(`${base}/api/products/9`, {
  method: "PATCH",
  headers: { authorization: `Bearer ${staff}`, "content-type": "application/merge-patch+json" },
  body: JSON.stringify({ price: "123.45" }),
});
told.patched = answer.status;
told.priceChanged = (await first).value;
await prices.return();

// Two at once on one connection do not disturb each other.
told.both = await Promise.all([
  all(client, "subscription { countdown(from: 5, everyMilliseconds: 5) }"),
  all(client, "subscription { countdown(from: 2, everyMilliseconds: 5) }"),
]);
told.pongs = pongs;
await client.dispose();

told.stranger = await failure(
  all(connect({ connectionParams: { authorization: "Bearer wrong" } }), "{ __typename }"),
);
told.nobody = await failure(all(connect(), "subscription { orderPlaced { id } }"));
console.log(JSON.stringify(told));
process.exit(0);
