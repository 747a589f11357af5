# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DNM=nm -DLIBRARY=libcore.a -DMEMBERS=REGEX -P kernelsymbols.cmake
#
# Files that are compiled for one instruction set may define no weak symbol. Of an inline function or a template
# that several files define the linker keeps one copy, and the whole program would call one that the processor
# may not be able to run. MEMBERS says which of the library's files are looked at; there must be some.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND ${NM} -A ${LIBRARY} OUTPUT_VARIABLE symbols ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "${NM} cannot read ${LIBRARY}")
endif()
string(REGEX MATCHALL "[^\n]*:${MEMBERS}:[^\n]*" symbols "${symbols}")
list(LENGTH symbols count)
if(count EQUAL 0)
    message(FATAL_ERROR "${LIBRARY} has no member ${MEMBERS}")
endif()
list(FILTER symbols INCLUDE REGEX " [WVu] ")
if(symbols)
    list(JOIN symbols "\n" symbols)
    message(FATAL_ERROR "weak symbols:\n${symbols}")
endif()
