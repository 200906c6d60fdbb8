//! Gold: reading one's own, and paying somebody.

use proto::{
    client::{Paid, Pay, PayResult, Wallet},
    ids::AccountId,
    kinds,
    limits::GOLD_MAX,
    packet::Packet,
    tables::{LedgerRow, Reason, WalletRow},
    wire,
};

use crate::logic::{
    outputs::Audience,
    switches,
    tx::{Call, Halt, Tx, decode},
};

pub(super) fn read(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let key = call.account.0;
    let wallet = tx.row::<WalletRow>(&key)?.ok_or(Halt::Reject("internal"))?;
    let result = Wallet { gold: wallet.gold, ver: tx.ver::<WalletRow>(&key) };
    tx.answer(call, &wire::encode(&result));
    Ok(())
}

pub(super) fn pay(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let Pay { to, amount } = decode(call.body)?;
    let from = call.account.0;
    if !(1..=GOLD_MAX).contains(&amount) {
        return Err(Halt::Reject("bad_amount"));
    }
    if to == from {
        return Err(Halt::Reject("own_wallet"));
    }
    switches::may_move_wealth(tx.cache, &[from, to])?;
    tx.want::<WalletRow>(&[from, to]);
    let payee = tx.row::<WalletRow>(&to)?.ok_or(Halt::Reject("no_such_account"))?;
    let payer = tx.row::<WalletRow>(&from)?.ok_or(Halt::Reject("internal"))?;
    if payer.gold < amount {
        return Err(Halt::Reject("not_enough_gold"));
    }
    if GOLD_MAX - amount < payee.gold {
        return Err(Halt::Reject("payee_full"));
    }
    let payer = WalletRow { gold: payer.gold - amount, ..payer };
    let payee = WalletRow { gold: payee.gold + amount, ..payee };
    let lsn = tx.lsn.0;
    let payer_wallet = Wallet { gold: payer.gold, ver: tx.ver_next::<WalletRow>(&from) };
    let payee_wallet = Wallet { gold: payee.gold, ver: tx.ver_next::<WalletRow>(&to) };
    tx.put(payer);
    tx.put(payee);
    tx.append(&LedgerRow {
        lsn,
        n: 0,
        from_account: from,
        to_account: to,
        amount,
        reason: Reason::Pay as u32,
        cseq: call.cseq,
        wall_ms: tx.now.wall_ms,
    });
    tx.answer(call, &wire::encode(&PayResult { wallet: Some(payer_wallet), lsn }));
    tx.send(Audience::Account(AccountId(to)), |bytes| {
        let paid = Paid { from, amount, wallet: Some(payee_wallet), lsn };
        wire::put(bytes, Packet { kind: kinds::PAID, ..Packet::default() }, &paid);
    });
    Ok(())
}
