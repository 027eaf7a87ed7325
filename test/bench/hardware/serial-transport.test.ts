// The contract of every transport, run over real ptys.
import { describeTransportContract } from '../transport-contract.ts';
import { makePtyPair } from './pty-pair.ts';

describeTransportContract('serial path on Linux', makePtyPair);
