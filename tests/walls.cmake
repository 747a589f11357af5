# SPDX-License-Identifier: GPL-3.0-or-later
# Reads every #include of core, widgets and app and reports those that go through a wall of the house:
#
#   cmake -DROOT=folder -P walls.cmake
#
# core     the standard library, Eigen, core; zlib and nlohmann/json in .cpp files only; POSIX calls, for
#          saving without loss, in .cpp files only; SQLite in .cpp files of core/library only. No Qt, nothing of
#          widgets or app. A room of core includes only rooms that stand below it in the list `rooms`; scalar and
#          matrix never each other.
# widgets  Qt, QCustomPlot, the standard library, core, widgets. No threads, no files, no settings.
# app      anything. Only main.cpp and gui.cpp stand in no room.
#
# A room of widgets or app, too, includes only rooms that stand below it in its list.
cmake_minimum_required(VERSION 3.25)

set(standard "<[a-pr-z][a-z0-9_]*>") # a header without suffix; one with a q would be Qt's
# <immintrin.h> is the compiler's: the processor's own operations, for kernels that are chosen when the program runs.
set(coreAllowed "^(${standard}|<immintrin\\.h>|<Eigen/[A-Za-z]+>|\"core/[a-z0-9/_]+\\.h\")$")
set(coreSourceAllowed "^(<zlib\\.h>|<nlohmann/json\\.hpp>|<cpuid\\.h>|<signal\\.h>|<unistd\\.h>|<fcntl\\.h>|<sched\\.h>|<sys/[a-z]+\\.h>)$")
set(widgetsAllowed "^(${standard}|<Q[A-Za-z0-9/]+>|[<\"]qcustomplot\\.h[>\"]|\"(core|widgets)/[a-z0-9/_]+\\.h\"|\"[a-z0-9_]+\\.moc\")$")
string(CONCAT widgetsForbidden
    "^<((Qt[A-Za-z]+/)?(QThread|QThreadPool|QThreadStorage|QRunnable|QMutex|QMutexLocker|QReadWriteLock|QWaitCondition"
    "|QSemaphore|QFuture|QFutureWatcher|QPromise|QtConcurrent[A-Za-z]*|QFile|QSaveFile|QTemporaryFile|QTemporaryDir"
    "|QSettings|QProcess|QLockFile)|QtConcurrent/.*"
    "|thread|mutex|shared_mutex|condition_variable|future|semaphore|barrier|latch|stop_token|fstream|filesystem)>$")

# The rooms from the top of the house to its ground. Rooms on one line do not see each other, except that one
# whose path begins with another's may include that: core/scalar/replay includes core/scalar.
set(coreRooms
    "library"
    "formats"
    "training"
    "training/engines"
    "training/settings"
    "matrix/fast|scalar/replay|scalar/expression"
    "matrix|scalar"
    "data/readers"
    "data/digits|data/photo"
    "data/ink"
    "data"
    "network"
    "base/files"
    "base")
set(widgetsRooms
    "graph/walk|graph/table|graph/scene|network"
    "graph/layout|maps"
    "graph"
    "curves|images|layers|tables"
    "fields"
    "style")
set(appRooms
    "commands"
    "window"
    "train|draw|graph"
    "export"
    "runs"
    "data"
    "base")

# roomOf(path): the longest room of its area that the path lies in, as `room`, and its rank in the list, as
# `rank`; -1: it is in none.
function(roomOf path)
    string(REGEX REPLACE "/.*" "" area "${path}")
    set(found "")
    set(rank -1)
    set(level 0)
    foreach(row IN LISTS ${area}Rooms)
        string(REPLACE "|" ";" row "${row}")
        foreach(room IN LISTS row)
            string(LENGTH "${found}" known)
            string(LENGTH "${room}" length)
            if(path MATCHES "^${area}/${room}/" AND length GREATER known)
                set(found ${room})
                set(rank ${level})
            endif()
        endforeach()
        math(EXPR level "${level} + 1")
    endforeach()
    set(room "${found}" PARENT_SCOPE)
    set(rank ${rank} PARENT_SCOPE)
endfunction()

set(broken 0)
function(report file include why)
    message(NOTICE "${file}: ${include}: ${why}")
    math(EXPR count "${broken} + 1")
    set(broken ${count} PARENT_SCOPE)
endfunction()

# checkRooms(file include): whether the include is of a room below the file's own, where it is of its area.
function(checkRooms file include)
    string(REGEX REPLACE "/.*" "" area "${file}")
    if(NOT include MATCHES "^\"(${area}/.*)\"$")
        return()
    endif()
    roomOf("${CMAKE_MATCH_1}")
    set(other "${room}")
    set(otherRank ${rank})
    roomOf("${file}")
    if(rank EQUAL -1 OR otherRank EQUAL -1)
        report("${file}" "${include}" "one of the two is in no room of ${area}; add it to the list of rooms")
    else()
        # matrix and scalar, and what stands in them, never see each other.
        string(REGEX REPLACE "/.*" "" top "${room}")
        string(REGEX REPLACE "/.*" "" otherTop "${other}")
        if(otherRank LESS rank OR (otherRank EQUAL rank AND NOT other STREQUAL room)
            OR (NOT top STREQUAL otherTop AND top MATCHES "^(matrix|scalar)$" AND otherTop MATCHES "^(matrix|scalar)$"))
            report("${file}" "${include}" "${area}/${room} must not include ${area}/${other}")
        endif()
    endif()
    set(broken ${broken} PARENT_SCOPE)
endfunction()

set(suffixes h hh hpp hxx inc inl ipp tpp c cc cpp cxx)
foreach(area core widgets app)
    list(TRANSFORM suffixes PREPEND "${ROOT}/${area}/*." OUTPUT_VARIABLE patterns)
    file(GLOB_RECURSE files RELATIVE "${ROOT}" ${patterns})
    if(NOT files)
        message(FATAL_ERROR "no source files under ${ROOT}/${area}")
    endif()
    foreach(file IN LISTS files)
        # Whole lines may hold brackets and semicolons, which would merge or split the entries of a list.
        file(READ "${ROOT}/${file}" text)
        string(REGEX REPLACE "[][;]" " " text "${text}")
        string(REGEX MATCHALL "(^|\n)[ \t]*#[ \t]*(include|import)[^\n]*" lines "${text}")
        foreach(line IN LISTS lines)
            if(NOT line MATCHES "#[ \t]*include[ \t]*(<[^>\n]*>|\"[^\"\n]*\")")
                string(STRIP "${line}" line)
                report("${file}" "${line}" "is not a plain #include")
                continue()
            endif()
            set(include "${CMAKE_MATCH_1}")
            if(area STREQUAL "widgets")
                if(include MATCHES "${widgetsForbidden}")
                    report("${file}" "${include}" "widgets know no threads, files and settings")
                elseif(NOT include MATCHES "${widgetsAllowed}")
                    report("${file}" "${include}" "widgets may include Qt, QCustomPlot, core and widgets")
                else()
                    checkRooms("${file}" "${include}")
                endif()
                continue()
            elseif(area STREQUAL "app")
                if(NOT file MATCHES "^app/[a-z]+\\.(h|cpp)$")
                    checkRooms("${file}" "${include}")
                endif()
                continue()
            endif()
            if(include STREQUAL "<sqlite3.h>")
                if(NOT file MATCHES "^core/library/[a-z]+\\.cpp$")
                    report("${file}" "${include}" "only .cpp files of core/library may include this")
                endif()
                continue()
            endif()
            if(include MATCHES "${coreSourceAllowed}")
                # What reads JSON members is shared by the files of formats, and by nobody else.
                if(NOT file MATCHES "\\.cpp$" AND NOT file MATCHES "^core/formats/json[a-z]+\\.h$")
                    report("${file}" "${include}" "core may include this in .cpp files only")
                endif()
                continue()
            endif()
            if(NOT include MATCHES "${coreAllowed}")
                report("${file}" "${include}" "core may include the standard library, Eigen and core")
                continue()
            endif()
            checkRooms("${file}" "${include}")
        endforeach()
    endforeach()
endforeach()

if(broken GREATER 0)
    message(FATAL_ERROR "${broken} includes go through a wall")
endif()
