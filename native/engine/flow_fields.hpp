// What a flow's header said, read from where the table keeps it: the one place that knows.
#pragma once

#include "flow_table.hpp"

class FlowFields {
 public:
  explicit FlowFields(const FlowTable* table = nullptr) : table_(table) {}

  // Words 0 to 3 of the key: MACs, tag and EtherType.
  LACPSCOPE_INLINE u32 Word(u32 row, u32 i) const { return i == 3 ? Of(row).type : table_->StationsOf(row).word[i]; }
  LACPSCOPE_INLINE u32 Tag(u32 row) const { return Of(row).type >> 16; }
  LACPSCOPE_INLINE u32 Ports(u32 row) const { return Flags(row) & kPortsSeen ? Of(row).ports : 0; }
  LACPSCOPE_INLINE u32 Protocol(u32 row) const { return Of(row).protocol & 0xff; }
  LACPSCOPE_INLINE u32 Version(u32 row) const { return Of(row).protocol >> 8 & 15; }
  LACPSCOPE_INLINE u32 Kind(u32 row) const { return Of(row).protocol >> 16 & 0xff; }
  LACPSCOPE_INLINE u32 FlowLabel(u32 row) const { return Of(row).IsSix() ? Of(row).address[1] : 0; }
  LACPSCOPE_INLINE u32 Flags(u32 row) const { return Of(row).flags; }  // ColdFlag
  LACPSCOPE_INLINE u32 Told(u32 row) const { return Of(row).told; }
  LACPSCOPE_INLINE u32 SuperFrames(u32 row) const { return table_->RareIfAny(row).superFrames; }
  LACPSCOPE_INLINE u32 Truncated(u32 row) const { return table_->RareIfAny(row).truncated; }
  LACPSCOPE_INLINE bool HasLosses(u32 row) const { return table_->RareIfAny(row).loss != 0; }
  LACPSCOPE_INLINE const Loss& Losses(u32 row) const { return table_->LossIfAny(row); }
  LACPSCOPE_INLINE u32 Repeats(u32 row) const { return table_->RareIfAny(row).repeats; }

  // Of IPv4: one of the two addresses. Of IPv6: eight words.
  LACPSCOPE_INLINE u32 Address(u32 row, u32 second) const { return Of(row).address[second]; }
  LACPSCOPE_INLINE const u32* LongAddresses(u32 row) const { return table_->addresses[Of(row).address[0]].word; }

  LACPSCOPE_INLINE bool HasExtra(u32 row) const { return table_->RareIfAny(row).extra != 0; }
  LACPSCOPE_INLINE u32 ExtraWord(u32 row, u32 word) const { return table_->extras[table_->RareIfAny(row).extra].word[word - kExtraAt]; }

  // With MPLS labels or a PPPoE session, which a sender may hash and no field of a question names.
  LACPSCOPE_INLINE bool Labelled(u32 row) const { return HasExtra(row) && (ExtraWord(row, 28) | ExtraWord(row, 30)) != 0; }

  LACPSCOPE_INLINE u32 FirstFragments(u32 row) const { return table_->RareIfAny(row).firstFragments; }
  LACPSCOPE_INLINE u32 LaterFragments(u32 row) const { return table_->RareIfAny(row).laterFragments; }
  LACPSCOPE_INLINE u64 WholeFrames(u32 row) const { return table_->rows[row].frames + (static_cast<u64>(table_->RareIfAny(row).framesHigh) << 32); }
  LACPSCOPE_INLINE u64 Frames(u32 row) const { return WholeFrames(row) + FirstFragments(row) + LaterFragments(row); }

 private:
  const FlowTable* table_;
  LACPSCOPE_INLINE const Cold& Of(u32 row) const { return table_->colds[row]; }
};
