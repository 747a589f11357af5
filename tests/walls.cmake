# SPDX-License-Identifier: GPL-3.0-or-later
# Reads every #include of core and widgets and reports those that go through a wall of the house:
#
#   cmake -DROOT=folder -P walls.cmake
#
# core     the standard library, Eigen, core; zlib and nlohmann/json in .cpp files only; POSIX calls, for
#          saving without loss, in .cpp files only. No Qt, nothing of widgets or app.
#          scalar and matrix never include each other, not through other folders of core either: base, network
#          and data include neither of them, and none of these includes training.
# widgets  Qt, QCustomPlot, the standard library, core, widgets. No threads, no files, no settings.
cmake_minimum_required(VERSION 3.25)

set(standard "<[a-pr-z][a-z0-9_]*>") # a header without suffix; one with a q would be Qt's
# <immintrin.h> is the compiler's: the processor's own operations, for kernels that are chosen when the program runs.
set(coreAllowed "^(${standard}|<immintrin\\.h>|<Eigen/[A-Za-z]+>|\"core/[a-z0-9/_]+\\.h\")$")
set(coreSourceAllowed "^(<zlib\\.h>|<nlohmann/json\\.hpp>|<unistd\\.h>|<fcntl\\.h>|<sched\\.h>|<sys/[a-z]+\\.h>)$")
set(widgetsAllowed "^(${standard}|<Q[A-Za-z0-9/]+>|[<\"]qcustomplot\\.h[>\"]|\"(core|widgets)/[a-z0-9/_]+\\.h\"|\"[a-z0-9_]+\\.moc\")$")
string(CONCAT widgetsForbidden
    "^<((Qt[A-Za-z]+/)?(QThread|QThreadPool|QThreadStorage|QRunnable|QMutex|QMutexLocker|QReadWriteLock|QWaitCondition"
    "|QSemaphore|QFuture|QFutureWatcher|QPromise|QtConcurrent[A-Za-z]*|QFile|QSaveFile|QTemporaryFile|QTemporaryDir"
    "|QSettings|QProcess|QLockFile)|QtConcurrent/.*"
    "|thread|mutex|shared_mutex|condition_variable|future|semaphore|barrier|latch|stop_token|fstream|filesystem)>$")

# Which folders of core a folder of core must not include.
set(notFrom_base "network|formats|data|scalar|matrix|training")
set(notFrom_network "scalar|matrix|training|formats|data")
set(notFrom_data "scalar|matrix|training")
set(notFrom_scalar "matrix|training")
set(notFrom_matrix "scalar|training")

set(broken 0)
function(report file include why)
    message(NOTICE "${file}: ${include}: ${why}")
    math(EXPR count "${broken} + 1")
    set(broken ${count} PARENT_SCOPE)
endfunction()

set(suffixes h hh hpp hxx inc inl ipp tpp c cc cpp cxx)
foreach(area core widgets)
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
                endif()
                continue()
            endif()
            if(include MATCHES "${coreSourceAllowed}")
                if(NOT file MATCHES "\\.cpp$")
                    report("${file}" "${include}" "core may include this in .cpp files only")
                endif()
                continue()
            endif()
            if(NOT include MATCHES "${coreAllowed}")
                report("${file}" "${include}" "core may include the standard library, Eigen and core")
                continue()
            endif()
            if(NOT file MATCHES "^core/([a-z]+)/")
                continue()
            endif()
            set(folder ${CMAKE_MATCH_1})
            if(DEFINED notFrom_${folder} AND include MATCHES "^\"core/(${notFrom_${folder}})/")
                report("${file}" "${include}" "core/${folder} must not include core/${CMAKE_MATCH_1}")
            endif()
        endforeach()
    endforeach()
endforeach()

if(broken GREATER 0)
    message(FATAL_ERROR "${broken} includes go through a wall")
endif()
