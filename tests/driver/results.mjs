// Turns the results of a table's run into tests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { leaksSecret } from "./echoes.mjs";

/**
 * Makes one test for each row that ran, and one for what belongs to no single row.
 *
 * @param {string} title the host and its version
 * @param {{ group: string, name: string, faults: string[] }[]} rows
 * @param {object} found
 * @param {string[]} found.complaints what the watches on the platform have found
 * @param {string[]} found.openConnections paths of requests whose connections the client still holds
 * @param {string[]} found.strayRequests paths that were requested from another origin
 * @param {string[]} found.consoleMessages what the browser itself wrote
 * @param {string[]} found.secrets
 */
export function testRows(title, rows, { complaints, openConnections, strayRequests, consoleMessages, secrets }) {
  for (const { group, name, faults } of rows) {
    test(`${title}: ${group}: ${name}`, () => assert.deepEqual(faults, []));
  }
  test(`${title}: after ${rows.length} cases nothing is left, nothing was written, and no other origin was asked`, () => {
    assert.deepEqual(complaints, []);
    assert.deepEqual(openConnections, [], "connections are open");
    assert.deepEqual(strayRequests, [], "another origin was asked");
    const leaks = consoleMessages.filter((text) => leaksSecret(text, secrets));
    assert.deepEqual(leaks, [], "the browser's console leaks a secret");
  });
}
