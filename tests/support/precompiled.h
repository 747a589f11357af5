// SPDX-License-Identifier: GPL-3.0-or-later
// What most test programs include, compiled once for each folder of tests. Every file still includes what it
// uses: with ccache, and with CMAKE_DISABLE_PRECOMPILE_HEADERS, this header is left out.
#pragma once

#include <QtTest>
#ifdef QT_WIDGETS_LIB
#include <QApplication>
#include <QLabel>
#include <QLayout>
#include <QPushButton>
#endif

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>
