/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Numbers of the protocol: RFC 6143 and the registry that rfbproto.rst of the VNC community keeps. */

enum { /* security types */
        RFB_SECURITY_NONE     = 1,
        RFB_SECURITY_VNC      = 2,
        RFB_SECURITY_TLS      = 18,
        RFB_SECURITY_VENCRYPT = 19,
};

enum { /* VeNCrypt's own */
        VENCRYPT_TLS_NONE   = 257,
        VENCRYPT_TLS_VNC    = 258,
        VENCRYPT_TLS_PLAIN  = 259,
        VENCRYPT_X509_NONE  = 260,
        VENCRYPT_X509_VNC   = 261,
        VENCRYPT_X509_PLAIN = 262,
};

enum { /* messages to the upstream */
        RFB_SET_PIXEL_FORMAT   = 0,
        RFB_SET_ENCODINGS      = 2,
        RFB_UPDATE_REQUEST     = 3,
        RFB_KEY_EVENT          = 4,
        RFB_POINTER_EVENT      = 5,
        RFB_CLIENT_CUT_TEXT    = 6,
        RFB_CONTINUOUS_UPDATES = 150,
        RFB_CLIENT_FENCE       = 248,
        RFB_SET_DESKTOP_SIZE   = 251,
};

enum { /* messages from it */
        RFB_UPDATE           = 0,
        RFB_BELL             = 2,
        RFB_SERVER_CUT_TEXT  = 3,
        RFB_END_OF_CONTINUOUS = 150,
        RFB_SERVER_FENCE     = 248,
};

enum { /* encodings of rectangles */
        RFB_RAW      = 0,
        RFB_COPYRECT = 1,
        RFB_RRE      = 2,
        RFB_HEXTILE  = 5,
        RFB_ZLIB     = 6,
        RFB_TIGHT    = 7,
        RFB_ZRLE     = 16,
};

enum { /* encodings that are none */
        RFB_QUALITY_0        = -32,
        RFB_NEW_SIZE         = -223,
        RFB_LAST_RECT        = -224,
        RFB_CURSOR           = -239,
        RFB_X_CURSOR         = -240,
        RFB_COMPRESS_0       = -256,
        RFB_DESKTOP_NAME     = -307,
        RFB_DESKTOP_SIZE     = -308,
        RFB_FENCE            = -312,
        RFB_CONTINUOUS       = -313,
        RFB_CURSOR_ALPHA     = -314,
        RFB_EXTENDED_CLIPBOARD = (int) 0xc0a1e5ceu,
};
