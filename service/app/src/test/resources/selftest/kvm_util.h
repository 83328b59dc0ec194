/*
 * What exported selftests use of the KVM selftests' library: names and types alone, to compile against. Written for
 * this project.
 */
#ifndef STUB_KVM_UTIL_H
#define STUB_KVM_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kvm_vm;
struct kvm_vcpu;
struct vmx_pages;
typedef uint64_t vm_vaddr_t;
typedef uint64_t vm_paddr_t;

struct ucall {
	uint64_t cmd;
	uint64_t args[7];
};

enum { UCALL_NONE, UCALL_SYNC, UCALL_ABORT, UCALL_PRINTF, UCALL_DONE, UCALL_UNHANDLED };
enum { KVM_EXIT_IO = 2 };
enum { KVM_CAP_NESTED_STATE = 157, KVM_CAP_HYPERV_ENLIGHTENED_VMCS = 163 };
enum { X86_FEATURE_VMX = 1 };
enum { GP_VECTOR = 13 };
enum vm_mem_backing_src_type { VM_MEM_SRC_ANONYMOUS };

struct kvm_x86_state {
	struct {
		uint16_t flags;
	} nested;
};

struct hv_enlightened_vmcs {
	uint32_t vm_exit_reason;
	uint64_t exit_qualification;
	uint32_t vm_exit_instruction_len;
	uint32_t vm_instruction_error;
	uint64_t guest_rip;
};

extern struct hv_enlightened_vmcs *current_evmcs;
extern bool enable_evmcs;

#define HV_X64_MSR_VP_ASSIST_PAGE 0x40000073
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define GUEST_SYNC(stage) stub_sync(stage)
#define GUEST_DONE() stub_done()
#define GUEST_ASSERT(condition) stub_assert(!!(condition))
#define GUEST_ASSERT_EQ(a, b) stub_assert((a) == (b))
#define GUEST_FAIL(...) stub_fail(__VA_ARGS__)
#define TEST_REQUIRE(condition) stub_assert(!!(condition))
#define TEST_ASSERT(condition, ...) do { if (!(condition)) stub_fail(__VA_ARGS__); } while (0)
#define TEST_ASSERT_EQ(a, b) stub_assert((a) == (b))
#define TEST_ASSERT_KVM_EXIT_REASON(vcpu, reason) stub_exit_reason(vcpu, reason)
#define TEST_FAIL(...) stub_fail(__VA_ARGS__)
#define REPORT_GUEST_ASSERT(uc) stub_assert((uc).cmd == 0)

void stub_sync(uint64_t stage);
void stub_done(void);
void stub_assert(bool holds);
void stub_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void stub_exit_reason(struct kvm_vcpu *vcpu, int reason);

bool kvm_cpu_has(int feature);
bool kvm_has_cap(long cap);
struct kvm_vm *vm_create(uint32_t vcpus);
struct kvm_vcpu *vm_vcpu_add(struct kvm_vm *vm, uint32_t id, void *guest_code);
struct kvm_vcpu *vm_recreate_with_one_vcpu(struct kvm_vm *vm);
void vm_userspace_mem_region_add(struct kvm_vm *vm, enum vm_mem_backing_src_type type, uint64_t gpa,
				 uint32_t slot, uint64_t pages, uint32_t flags);
void virt_map(struct kvm_vm *vm, uint64_t gva, uint64_t gpa, unsigned int pages);
void kvm_vm_release(struct kvm_vm *vm);
void kvm_vm_free(struct kvm_vm *vm);
void kvm_x86_state_cleanup(struct kvm_x86_state *state);
void vcpu_args_set(struct kvm_vcpu *vcpu, unsigned int count, ...);
void vcpu_run(struct kvm_vcpu *vcpu);
uint64_t get_ucall(struct kvm_vcpu *vcpu, struct ucall *uc);
void vcpu_set_hv_cpuid(struct kvm_vcpu *vcpu);
int vcpu_enable_evmcs(struct kvm_vcpu *vcpu);
struct vmx_pages *vcpu_alloc_vmx(struct kvm_vm *vm, vm_vaddr_t *gva);
struct kvm_x86_state *vcpu_save_state(struct kvm_vcpu *vcpu);
void vcpu_load_state(struct kvm_vcpu *vcpu, struct kvm_x86_state *state);

void wrmsr(uint32_t msr, uint64_t value);
uint8_t wrmsr_safe(uint32_t msr, uint64_t value);
uint8_t __hyperv_hypercall(uint64_t control, vm_vaddr_t input, vm_vaddr_t output, uint64_t *status);
bool prepare_for_vmx_operation(struct vmx_pages *vmx);
void prepare_vmcs(struct vmx_pages *vmx, void *guest_rip, void *guest_rsp);
int vmclear(uint64_t vmcs_pa);
int vmlaunch(void);
int vmresume(void);

#endif
