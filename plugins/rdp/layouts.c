/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the keys of a lab machine's keyboard layout type: one text for the keys alone, one with Shift, one with AltGr,
 * in the order of layout_scancodes. A combining character stands for the dead key of that accent, a blank for nothing.
 * With AltGr only what Windows and X11 agree on; the rest is typed as Unicode. */

#include "layouts.h"

const uint8_t layout_scancodes[LAYOUT_KEYS] = {
        0x29, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, /* the row of digits */
        0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b,
        0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x2b,
        0x56, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x73, 0x7d,
};

const Layout layouts[LAYOUTS] = {
        { "en-us-qwerty", 0x409, {
          u"`1234567890-=qwertyuiop[]asdfghjkl;'\\ zxcvbnm,./",
          u"~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"| ZXCVBNM<>?",
          u"" } },
        { "en-gb-qwerty", 0x809, {
          u"`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
          u"¬!\"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?",
          u"    €" } },
        { "de-de-qwertz", 0x407, {
          u"\u03021234567890ß\u0301qwertzuiopü+asdfghjklöä#<yxcvbnm,.-",
          u"°!\"§$%&/()=?\u0300QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
          u"       {[]}\\ @ €        ~            |      µ" } },
        { "de-ch-qwertz", 0x807, {
          u"§1234567890'\u0302qwertzuiopü\u0308asdfghjklöä$<yxcvbnm,.-",
          u"°+\"*ç%&/()=?\u0300QWERTZUIOPè!ASDFGHJKLéà£>YXCVBNM;:_",
          u" |@#     ]}    €       [           { \\" } },
        { "fr-fr-azerty", 0x40c, {
          u"²&é\"'(-è_çà)=azertyuiop\u0302$qsdfghjklmù*<wxcvbn,;:!",
          u"³1234567890°+AZERTYUIOP\u0308£QSDFGHJKLM%µ>WXCVBN?./§",
          u"  ~#{[|`\\^@]}  €" } },
        { "fr-ch-qwertz", 0x100c, {
          u"§1234567890'\u0302qwertzuiopè\u0308asdfghjkléà$<yxcvbnm,.-",
          u"°+\"*ç%&/()=?\u0300QWERTZUIOPü!ASDFGHJKLöä£>YXCVBNM;:_",
          u" |@#     ]}    €       [           { \\" } },
        { "fr-be-azerty", 0x80c, {
          u"²&é\"'(§è!çà)-azertyuiop\u0302$qsdfghjklmùµ<wxcvbn,;:=",
          u"³1234567890°_AZERTYUIOP\u0308*QSDFGHJKLM%£>WXCVBN?./+",
          u" |@#  ^{[ }\\   €        ]" } },
        { "fr-ca-qwerty", 0x1009, {
          u"#1234567890-=qwertyuiop\u0302\u0327asdfghjkl;\u0300<«zxcvbnm,.é",
          u"|!\"/$%?&*()_+QWERTYUIOP\u0302\u0308ASDFGHJKL:\u0300>»ZXCVBNM' É",
          u"\\ @£ ¤               § []         ~{}" } },
        { "ca-multi-qwerty", 0x11009, {
          u"/1234567890-=qwertyuiop\u0302çasdfghjkl;èàùzxcvbnm,.é",
          u"\\!@#$%?&*()_+QWERTYUIOP\u0308ÇASDFGHJKL:ÈÀÙZXCVBNM'\"É",
          u"|      {}[]             ~                    <>" } },
        { "it-it-qwerty", 0x410, {
          u"\\1234567890'ìqwertyuiopè+asdfghjklòàù<zxcvbnm,.-",
          u"|!\"£$%&/()=?^QWERTYUIOPé*ASDFGHJKLç°§>ZXCVBNM;:_",
          u"       {[]}`~@ €                   #" } },
        { "es-es-qwerty", 0x40a, {
          u"º1234567890'¡qwertyuiop\u0300+asdfghjklñ\u0301ç<zxcvbnm,.-",
          u"ª!\"·$%&/()=?¿QWERTYUIOP\u0302*ASDFGHJKLÑ\u0308Ç>ZXCVBNM;:_",
          u"\\|@#~  {[]}    €" } },
        { "es-es-dvorak", 0x40a, {
          u"º1234567890'¡.,ñpyfgchl\u0300+aoeuidrtns\u0301ç<-qjkxbmwvz",
          u"ª!\"·$%&/()=?¿:;ÑPYFGCHL\u0302*AOEUIDRTNS\u0308Ç>_QJKXBMWVZ",
          u"\\|@#~    ^`            []  €       {}" } },
        { "es-latam-qwerty", 0x80a, {
          u"|1234567890'¿qwertyuiop\u0301+asdfghjklñ{}<zxcvbnm,.-",
          u"°!\"#$%&/()=?¡QWERTYUIOP\u0308*ASDFGHJKLÑ[]>ZXCVBNM;:_",
          u"  @ ~      \\   €" } },
        { "pt-br-qwerty", 0x416, {
          u"'1234567890-=qwertyuiop\u0301[asdfghjklç\u0303]\\zxcvbnm,.;/",
          u"\"!@#$%\u0308&*()_+QWERTYUIOP\u0300{ASDFGHJKLÇ\u0302}|ZXCVBNM<>:?",
          u"                                   ~" } },
        { "pt-pt-qwerty", 0x816, {
          u"\\1234567890'«qwertyuiop+\u0301asdfghjklçº\u0303<zxcvbnm,.-",
          u"|!\"#$%&/()=?»QWERTYUIOP*\u0300ASDFGHJKLÇª\u0302>ZXCVBNM;:_",
          u"  @    {[]}    €" } },
        { "da-dk-qwerty", 0x406, {
          u"½1234567890+\u0301qwertyuiopå\u0308asdfghjklæø'<zxcvbnm,.-",
          u"§!\"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÆØ*>ZXCVBNM;:_",
          u"  @ $  {[]} |  €                     \\" } },
        { "no-no-qwerty", 0x414, {
          u"|1234567890+\\qwertyuiopå\u0308asdfghjkløæ'<zxcvbnm,.-",
          u"§!\"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLØÆ*>ZXCVBNM;:_",
          u"  @ $  {[]}    €" } },
        { "sv-se-qwerty", 0x41d, {
          u"§1234567890+\u0301qwertyuiopå\u0308asdfghjklöä'<zxcvbnm,.-",
          u"½!\"#¤%&/()=?\u0300QWERTYUIOPÅ\u0302ASDFGHJKLÖÄ*>ZXCVBNM;:_",
          u"  @ $€ {[]}\\                         |" } },
        { "hu-hu-qwertz", 0x40e, {
          u"0123456789öüóqwertzuiopőúasdfghjkléáűíyxcvbnm,.-",
          u"§'\"+!%/=()ÖÜÓQWERTZUIOPŐÚASDFGHJKLÉÁŰÍYXCVBNM?:_",
          u" ~ ^   `     \\|    €   ÷×äđĐ[]  łŁ$ß¤<>#&@{} ; *" } },
        { "cs-cz-qwertz", 0x405, {
          u";+ěščřžýáíé=\u0301qwertzuiopú)asdfghjklů§\u0308\\yxcvbnm,.-",
          u"\u030a1234567890%\u030cQWERTZUIOP/(ASDFGHJKL\"!'|YXCVBNM?:_",
          u"` @#$ ^&*{}    €       []~                   <>" } },
        { "pl-pl-qwerty", 0x415, {
          u"`1234567890-=qwertyuiop[]asdfghjkl;'\\ zxcvbnm,./",
          u"~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"| ZXCVBNM<>?",
          u"     €         ę     ó   ąś      ł    żźć  ń" } },
        { "ro-ro-qwerty", 0x418, {
          u"]1234567890+'qwertzuiopăîasdfghjklșțâ<yxcvbnm,.-",
          u"[!\"#¤%&/()=?*QWERTZUIOPĂÎASDFGHJKLȘȚÂ>YXCVBNM;:_",
          u" ~           \\|€                  $      @{}" } },
        { "tr-tr-qwerty", 0x41f, {
          u"\"1234567890*-qwertyuıopğüasdfghjklşi,<zxcvbnmöç.",
          u"é!'^+%&/()=?_QWERTYUIOPĞÜASDFGHJKLŞİ;>ZXCVBNMÖÇ:",
          u"   #$  {[]}\\|@ €        ~           `" } },
        { "ru-ru-qwerty", 0x419, {
          u"ё1234567890-=йцукенгшщзхъфывапролджэ\\ ячсмитьбю.",
          u"Ё!\"№;%:?*()_+ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭ/ ЯЧСМИТЬБЮ,",
          u"" } },
        { "ja-jp-qwerty", 0x411, {
          u" 1234567890-^qwertyuiop@[asdfghjkl;:] zxcvbnm,./\\",
          u" !\"#$%&'()~= QWERTYUIOP`{ASDFGHJKL+*} ZXCVBNM<>?_|",
          u"" } },
        { "failsafe", 0x409, { u"", u"", u"" } },
};
