// The list operations of EnvoyFilter.Patch (ADD, INSERT_FIRST, INSERT_BEFORE, INSERT_AFTER, REPLACE, REMOVE), for lists of
// filters and of routes. MERGE is not one of them.
#pragma once

#include <algorithm>

#include "translate/patch/patch.h"

namespace amime::translate {

// Where in a list a patch applies. `named`: the patch names an item; without, BEFORE and AFTER mean the ends, and REPLACE and
// REMOVE do nothing. `at`: index of the first item that it names, or size() if none is there. `instead`: where that item
// would stand that is not there; -1: nowhere.
struct Place {
  bool named = false;
  int at = 0;
  int instead = -1;
};

template <class List, class Item>
void insert_at(int index, const Item& item, List* list) {
  *list->Add() = item;
  std::rotate(list->begin() + index, list->end() - 1, list->end());
}

// False: nothing was done.
template <class Item, class List>
bool edit_list(const Patch& patch, const Place& place, List* list) {
  const bool found = place.at < list->size();
  const int before = found ? place.at : place.instead;
  const int after = found ? place.at + 1 : place.instead;
  switch (patch.operation) {
    case PatchOperation::kAdd: insert_at(list->size(), patch.as<Item>(), list); return true;
    case PatchOperation::kInsertFirst: insert_at(0, patch.as<Item>(), list); return true;
    case PatchOperation::kInsertBefore:
      if (place.named && before < 0) return false;
      insert_at(place.named ? before : 0, patch.as<Item>(), list);
      return true;
    case PatchOperation::kInsertAfter:
      if (place.named && after < 0) return false;
      insert_at(place.named ? after : list->size(), patch.as<Item>(), list);
      return true;
    case PatchOperation::kReplace:
      if (!place.named || !found) return false;
      list->at(place.at) = patch.as<Item>();
      return true;
    default: return false;
  }
}

}  // namespace amime::translate
