// What the test of a crash kills: a process that serves money streams and commits events of user_one as fast as it can, waking their readers.
import { eventRig } from './event-rig.ts';
import { numbered } from './numbered-events.ts';

process.on('disconnect', () => process.exit()); // the test is gone
const [databaseUrl = '', port = '0'] = process.argv.slice(2);
const rig = await eventRig({ databaseUrl, port: Number(port), limits: { lookEveryMs: 100 } });
console.log(rig.port);
for (let n = 0; ; n++) await rig.tell('user_one', numbered(n));
