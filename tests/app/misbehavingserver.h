// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QSslCertificate>
#include <QSslKey>
#include <QSslSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <functional>
#include <memory>

/// A web server of the tests' own, in the test's event loop, that answers as badly as it is told to.
class MisbehavingServer : public QTcpServer {
public:
    struct Request {
        QByteArray path;
        QHash<QByteArray, QByteArray> headers; ///< names in small letters

        /// Where the client wants the file to begin; 0 where it wants all of it.
        [[nodiscard]] qsizetype from() const
        {
            const QByteArray range = headers.value("range");
            return range.startsWith("bytes=") && range.endsWith('-') ? range.mid(6).chopped(1).toLongLong()
                                                                     : 0;
        }
    };
    using Answer = std::function<void(QTcpSocket& socket, const Request& request)>;

    explicit MisbehavingServer(Answer answer = {}, const QHostAddress& address = QHostAddress::LocalHost)
        : m_answer(std::move(answer))
    {
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket* socket = nextPendingConnection())
                serve(socket);
        });
        listen(address);
    }

    void setAnswer(Answer answer) { m_answer = std::move(answer); }
    [[nodiscard]] QUrl url(const QString& path = QStringLiteral("/")) const
    {
        return QUrl(QStringLiteral("%1://%2:%3%4")
                        .arg(m_key.isNull() ? "http" : "https")
                        .arg(serverAddress().toString())
                        .arg(serverPort())
                        .arg(path));
    }

    /// From now on it speaks TLS.
    void setTls(const QSslCertificate& certificate, const QSslKey& key)
    {
        m_certificate = certificate;
        m_key = key;
    }

    QList<Request> requests; ///< so far

    /// One answer, after which the connection ends.
    static void send(QTcpSocket& socket, const QByteArray& status, const QByteArray& headers,
                     const QByteArray& body)
    {
        socket.write("HTTP/1.1 " + status + "\r\n" + headers + "Connection: close\r\n\r\n" + body);
        socket.disconnectFromHost();
    }

    static QByteArray lengthOf(const QByteArray& body)
    {
        return "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    }

    /// What a good server answers: a part where one is asked for.
    static void sendFile(QTcpSocket& socket, const Request& request, const QByteArray& file,
                         const QByteArray& moreHeaders = {})
    {
        const qsizetype from = request.from();
        const QByteArray body = file.mid(from);
        if (from > 0)
            send(socket, "206 Partial Content",
                 moreHeaders + rangeOf(from, file.size() - 1, file.size()) + lengthOf(body), body);
        else
            send(socket, "200 OK", moreHeaders + lengthOf(body), body);
    }

    static QByteArray rangeOf(qsizetype first, qsizetype last, qsizetype total)
    {
        return "Content-Range: bytes " + QByteArray::number(first) + '-' + QByteArray::number(last) + '/' +
               QByteArray::number(total) + "\r\n";
    }

    static Answer file(const QByteArray& file)
    {
        return [file](QTcpSocket& socket, const Request& request) { sendFile(socket, request, file); };
    }

    /// Promises all that is asked for and ends the connection after `count` bytes.
    static Answer cut(const QByteArray& file, qsizetype count)
    {
        return [file, count](QTcpSocket& socket, const Request& request) {
            const qsizetype from = request.from();
            const QByteArray body = file.mid(from);
            const QByteArray head =
                from > 0 ? "206 Partial Content\r\n" + rangeOf(from, file.size() - 1, file.size())
                         : QByteArray("200 OK\r\n");
            socket.write("HTTP/1.1 " + head + lengthOf(body) + "\r\n" + body.left(count));
            socket.disconnectFromHost();
        };
    }

    static Answer status(const QByteArray& status, const QByteArray& headers = {},
                         const QByteArray& body = {})
    {
        return
            [=](QTcpSocket& socket, const Request&) { send(socket, status, headers + lengthOf(body), body); };
    }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        if (m_key.isNull()) {
            QTcpServer::incomingConnection(descriptor);
            return;
        }
        auto* socket = new QSslSocket(this);
        socket->setSocketDescriptor(descriptor);
        socket->setLocalCertificate(m_certificate);
        socket->setPrivateKey(m_key);
        socket->startServerEncryption();
        addPendingConnection(socket);
    }

private:
    void serve(QTcpSocket* socket)
    {
        auto received = std::make_shared<QByteArray>();
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QTcpSocket::readyRead, this, [this, socket, received] {
            received->append(socket->readAll());
            const qsizetype end = received->indexOf("\r\n\r\n");
            if (end < 0)
                return;
            Request request;
            const QList<QByteArray> lines = received->left(end).split('\n');
            request.path = lines.value(0).split(' ').value(1);
            for (const QByteArray& line : lines.mid(1)) {
                const qsizetype colon = line.indexOf(':');
                request.headers.insert(line.left(colon).trimmed().toLower(), line.mid(colon + 1).trimmed());
            }
            received->clear();
            requests.append(request);
            if (m_answer)
                m_answer(*socket, request);
        });
    }

    Answer m_answer;
    QSslCertificate m_certificate;
    QSslKey m_key;
};
