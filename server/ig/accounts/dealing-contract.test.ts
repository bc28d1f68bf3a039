// Dealing and evidence over IG's REST keep the contract of trading's ports, with the simulator as IG.
import { brokenDealingContract } from '../../testing/broken-dealing.contract.ts';
import { dealingContract } from '../../testing/dealing.contract.ts';
import { simulatorBench } from '../../testing/dealing-bench.ts';

dealingContract('the simulator', simulatorBench);
brokenDealingContract('the simulator', simulatorBench);
