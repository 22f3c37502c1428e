// SPDX-License-Identifier: LGPL-2.1-or-later
// The packages of package-lock.json, from the folder that tests/run installed them into.

import { createRequire } from 'node:module';

const folder = process.env.LABGATE_TEST_NPM;
if (!folder)
        throw new Error('LABGATE_TEST_NPM does not say where the packages are');

export const load = createRequire(`${folder}/`);
