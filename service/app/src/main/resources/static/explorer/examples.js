// Requests to begin with.
import {ask} from './api.js';

/** @param {object} [changes] over an eligible flush */
function flush({fields = {}, vpAssist = {}, lock = 0, nestedEax = '0x20101', registers = {}, exit = {},
  snapshot = {}} = {}) {
  return {
    snapshot: {
      evmcsFields: {revision_id: '0x1', hv_enlightenments_control: '0x1', hv_vm_id: '0x1', hv_vp_id: '0x1',
        partition_assist_page: '0x77000', ...fields},
      vpAssist: {enlightenVmentry: true, currentNestedVmcs: '0x66000', directHypercall: true, ...vpAssist},
      partitionAssist: {tlbLockCount: lock},
      cpuid: {nestedEax},
      registers: {rcx: '0x10002', rdx: '0x0', r8: '0x3', rip: '0x401000', ...registers},
      ...snapshot,
    },
    exit: {reason: '0x12', instructionLength: 3, ...exit},
  };
}

/** @returns {Promise<any[]>} the decisions of the captured run */
async function realRun() {
  const response = await fetch('/explorer/examples/real-run.ndjson');
  return (await response.text()).trim().split('\n').map(line => JSON.parse(line).request);
}

const real = index => async () => (await realRun())[index];

/** @type {{id: string, title: string, load: () => Promise<any>}[]} */
export const EXAMPLES = [
  {id: 'synthetic', title: 'Flush with lock: synthetic exit', load: async () => flush({lock: 1})},
  {id: 'lists', title: 'Two ranges, four vCPUs', load: async () => flush({
    registers: {rcx: '0x200010003', r8: '0x0', xmm: [{lo: '0xe', hi: '0x7f0000001002'},
      {lo: '0x7f0000008000', hi: '0x0'}]},
    snapshot: {vcpus: [
      {vpIndex: 0},
      {vpIndex: 1, l2: {vmId: '0x1', vpId: '0x2'}},
      {vpIndex: 2, l2: {vmId: '0x1', vpId: '0x3'},
        pendingFlush: {l2: Array.from({length: 14}, (_, i) => '0x' + (0x7f0000100000 + i * 4096).toString(16))}},
      {vpIndex: 3, l2: {vmId: '0x2', vpId: '0x2'}}]}})},
  {id: 'ineligible', title: 'DirectHypercall off: L1 gets it', load: async () => flush({
    vpAssist: {directHypercall: false}})},
  {id: 'reserved', title: 'Reserved bit: status 3', load: async () => flush({registers: {rcx: '0x80010002'}})},
  {id: 'cr3', title: 'MOV to CR3 routed by a control', load: async () => flush({
    fields: {cpu_based_vm_exec_control: '0x8000'}, exit: {reason: '0x1c', qualification: '0x3'}})},
  {id: 'real-flush', title: 'Real run: flush, no lock', load: real(0)},
  {id: 'real-synthetic', title: 'Real run: synthetic exit', load: real(1)},
  {id: 'real-rdmsr', title: 'Real run: RDMSR', load: real(2)},
];

/** The catalogues of the service. */
export async function catalogues() {
  const [fields, reasons, rules] = await Promise.all(['/v1/evmcs/fields', '/v1/exit-reasons', '/v1/rules']
    .map(path => ask(path)));
  const failed = [fields, reasons, rules].find(it => !it.ok);
  if (failed) {
    return {problem: failed};
  }
  return {fields: fields.body.fields, reasons: reasons.body.exitReasons,
    rules: new Map(rules.body.rules.map(rule => [rule.id, rule])),
    tlfsRules: new Map(rules.body.tlfsRules.map(rule => [rule.id, rule]))};
}
